import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { startFaultProxy, type FaultProxy } from "../../test/fault-proxy.ts";
import { startControlPlane, type ControlPlane } from "../../test/lab/control-plane.ts";
import type { KubeClient } from "./client.ts";
import { configMapKind, type ConfigMap } from "./core-kinds.ts";
import { createKubeClient } from "./http-client.ts";
import type { Informers } from "./informer.ts";
import { loadKubeconfig } from "./kubeconfig.ts";
import { createInformers } from "./shared-informers.ts";

const namespace = "default";
let plane: ControlPlane;
let proxy: FaultProxy;
/** What the informers use. */
let client: KubeClient;
let writer: KubeClient;
let informers: Informers;

beforeAll(async () => {
  plane = await startControlPlane();
  proxy = await startFaultProxy(plane.kubeconfig);
  client = createKubeClient(proxy.access);
  writer = createKubeClient(await loadKubeconfig(plane.kubeconfig));
  informers = createInformers(client, pino({ level: "silent" }));
  informers.of(configMapKind);
  informers.start();
  await informers.synced();
});

afterAll(async () => {
  await informers.stop();
  await client.close();
  await writer.close();
  await proxy.close();
  await plane.stop();
});

/** Writes as soon as the server lets us. */
const put = (name: string): Promise<ConfigMap> =>
  eventually(() =>
    writer.apply(configMapKind, { metadata: { namespace, name } }, { fieldManager: "test" }),
  );

const shown = (name: string): boolean =>
  informers.of(configMapKind).store.get(`${namespace}/${name}`) !== undefined;

test.each(["apiserver", "etcd"])(
  "a killed %s only delays what informers show",
  async (role) => {
    await plane.kill(role);
    await put(`after-${role}`);
    await eventually(() => expect(shown(`after-${role}`)).toBe(true));
  },
  120_000,
);

test("a version that a restarted API server no longer has makes informers read anew", async () => {
  await put("before");
  await eventually(() => expect(shown("before")).toBe(true));
  proxy.decide = ({ url }) => (url.includes("watch=true") ? { type: "reset" } : undefined);
  proxy.resetWatches();
  await writer.delete(configMapKind, { namespace, name: "before" });
  await put("missed");
  await plane.kill("apiserver");
  // Its cache of versions begins now, after what the informer has seen.
  await put("trigger");
  const from = proxy.seen.length;
  proxy.decide = undefined;
  await eventually(() => expect(shown("missed")).toBe(true));
  expect(shown("before")).toBe(false);
  const reads = proxy.seen.slice(from).filter(({ url }) => url.includes("sendInitialEvents"));
  expect(reads).not.toHaveLength(0);
}, 120_000);
