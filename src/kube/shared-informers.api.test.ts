import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import type { KubeClient } from "./client.ts";
import { configMapKind, namespaceKind, secretKind } from "./core-kinds.ts";
import { createKubeClient } from "./http-client.ts";
import { loadKubeconfig } from "./kubeconfig.ts";
import { createInformers } from "./shared-informers.ts";

const log = pino({ level: "silent" });
const namespace = `informers-${randomUUID().slice(0, 8)}`;
let client: KubeClient;

beforeAll(async () => {
  client = createKubeClient(await loadKubeconfig(inject("kubeconfig")));
  await client.create(namespaceKind, { metadata: { name: namespace } });
});

afterAll(async () => {
  await client.delete(namespaceKind, { name: namespace });
  await client.close();
});

test("Secrets that nobody refers us to, such as Helm's releases, are neither read nor kept", async () => {
  const secret = (name: string, type: string): Promise<unknown> =>
    client.create(secretKind, { metadata: { namespace, name }, type, stringData: { a: "1" } });
  await secret("release.before", "helm.sh/release.v1");
  await secret("before", "Opaque");
  const informers = createInformers(client, log);
  const { store } = informers.of(secretKind);
  expect(informers.find(secretKind)?.store).toBe(store);
  informers.start();
  await informers.synced();
  await secret("release.after", "helm.sh/release.v1");
  await secret("after", "Opaque");
  await eventually(() => expect(store.get(`${namespace}/after`)).toBeDefined());
  const shown = store.list(namespace).map(({ metadata }) => metadata?.name);
  expect(new Set(shown)).toEqual(new Set(["before", "after"]));
  await informers.stop();
});

test("those who ask for the same kind share one, found only when it holds all objects", async () => {
  const informers = createInformers(client, log);
  const all = informers.of(configMapKind);
  expect(informers.of(configMapKind)).toBe(all);
  expect(informers.of(configMapKind, { namespace })).not.toBe(all);
  expect(informers.find(configMapKind)).toBe(all);
  expect(informers.find(namespaceKind)).toBeUndefined();
  informers.start();
  await informers.synced();
  await informers.stop();
});
