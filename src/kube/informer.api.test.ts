import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { startFaultProxy, type FaultProxy } from "../../test/fault-proxy.ts";
import { CachedInformer } from "./cached-informer.ts";
import type { KubeClient } from "./client.ts";
import { configMapKind, namespaceKind, type ConfigMap } from "./core-kinds.ts";
import { createKubeClient } from "./http-client.ts";

const log = pino({ level: "silent" });
const namespace = `informer-${randomUUID().slice(0, 8)}`;
const labelSelector = "test";
let proxy: FaultProxy;
/** What the informers use; may be broken. */
let client: KubeClient;
/** What the tests write with; never broken. */
let writer: KubeClient;
let direct: FaultProxy;
let informer: CachedInformer<ConfigMap>;

beforeAll(async () => {
  proxy = await startFaultProxy(inject("kubeconfig"));
  direct = await startFaultProxy(inject("kubeconfig"));
  client = createKubeClient(proxy.access);
  writer = createKubeClient(direct.access);
  await writer.create(namespaceKind, { metadata: { name: namespace } });
});

beforeEach(async () => {
  informer = createInformer();
  await put("first");
});

afterEach(async () => {
  proxy.decide = undefined;
  await informer.stop();
  const { items } = await writer.list(configMapKind, { namespace, labelSelector });
  for (const { metadata } of items) await remove(metadata!.name!);
});

afterAll(async () => {
  await writer.delete(namespaceKind, { name: namespace });
  await client.close();
  await writer.close();
  await proxy.close();
  await direct.close();
});

function createInformer(initial: "stream" | "pages" = "stream"): CachedInformer<ConfigMap> {
  return new CachedInformer({
    client,
    kind: configMapKind,
    selection: { namespace, labelSelector },
    log,
    initial,
  });
}

const put = (name: string, value = "1"): Promise<ConfigMap> =>
  writer.apply(
    configMapKind,
    { metadata: { namespace, name, labels: { test: "" } }, data: { value } },
    { fieldManager: "test" },
  );

const remove = (name: string): Promise<void> => writer.delete(configMapKind, { namespace, name });

const key = (name: string): string => `${namespace}/${name}`;
const names = (): string[] =>
  informer.store
    .list()
    .map((object) => object.metadata!.name!)
    .toSorted();

/** Waits until the informer shows this value, as a user of its caches sees it. */
const expectShown = (name: string, value: string | undefined): Promise<void> =>
  eventually(() => expect(informer.store.get(key(name))?.data?.["value"]).toBe(value));

describe.each(["stream", "pages"] as const)("read as %s", (initial) => {
  test("it holds what was there and follows what changes", async () => {
    informer = createInformer(initial);
    const heard: string[] = [];
    informer.addHandler({
      add: ({ metadata }, first) => heard.push(`add ${metadata!.name!} ${first}`),
      update: (now, old) => heard.push(`update ${old.data!["value"]!} ${now.data!["value"]!}`),
      delete: ({ metadata }) => heard.push(`delete ${metadata!.name!}`),
    });
    informer.start();
    await informer.synced();
    expect(names()).toEqual(["first"]);
    await put("second");
    await expectShown("second", "1");
    await put("second", "2");
    await expectShown("second", "2");
    await remove("second");
    await expectShown("second", undefined);
    expect(heard).toEqual(["add first true", "add second false", "update 1 2", "delete second"]);
  });
});

test("what it holds can't be changed, and has no managedFields", async () => {
  informer.start();
  await informer.synced();
  const object = informer.store.get(key("first"))!;
  expect(object.metadata).not.toHaveProperty("managedFields");
  expect(() => Object.assign(object.data!, { value: "mine" })).toThrow(TypeError);
});

test("it has reached the version of a write exactly when it shows that write", async () => {
  informer.start();
  await informer.synced();
  const written = await put("first", "2");
  await informer.reached(written.metadata!.resourceVersion!);
  expect(informer.store.get(key("first"))?.data).toEqual({ value: "2" });
});

test("waiting for a version ends when the signal aborts", async () => {
  informer.start();
  await informer.synced();
  const abort = new AbortController();
  const waiting = informer.reached("9999999999999999", abort.signal);
  abort.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
});

test("a handler that throws disturbs neither the store nor other handlers", async () => {
  const heard: string[] = [];
  informer.addHandler({
    add: () => {
      throw new Error("broken handler");
    },
  });
  informer.addHandler({ add: ({ metadata }) => heard.push(metadata!.name!) });
  informer.start();
  await informer.synced();
  await put("second");
  await expectShown("second", "1");
  expect(heard).toEqual(["first", "second"]);
});

test("an index follows the objects, also when it is added late", async () => {
  informer.start();
  await informer.synced();
  informer.addIndex("value", (object) => [object.data?.["value"] ?? ""]);
  expect(informer.store.byIndex("value", "1")).toHaveLength(1);
  await put("first", "2");
  await expectShown("first", "2");
  expect(informer.store.byIndex("value", "1")).toHaveLength(0);
  expect(informer.store.byIndex("value", "2")).toHaveLength(1);
  expect(() => informer.store.byIndex("nothing", "1")).toThrow("no such index");
});

describe("it recovers", () => {
  test("when the connection of its watch is reset, and misses nothing", async () => {
    informer.start();
    await informer.synced();
    proxy.decide = ({ url }) => (url.includes("watch=true") ? { type: "reset" } : undefined);
    proxy.resetWatches();
    await put("first", "2");
    await put("second");
    proxy.decide = undefined;
    await expectShown("first", "2");
    await expectShown("second", "1");
  });

  test("when the server answers with errors for a while", async () => {
    let failures = 3;
    proxy.decide = () => (failures-- > 0 ? { type: "answer", code: 500, body: "{}" } : undefined);
    informer.start();
    await informer.synced();
    expect(names()).toEqual(["first"]);
  });

  test("when its version has expired, by HTTP status: it reads anew and tells what went", async () => {
    informer.start();
    await informer.synced();
    const deleted: string[] = [];
    informer.addHandler({ delete: ({ metadata }) => deleted.push(metadata!.name!) });
    proxy.decide = ({ url }) => (url.includes("resourceVersion=") ? { type: "reset" } : undefined);
    proxy.resetWatches();
    await remove("first");
    await put("second");
    const gone = { kind: "Status", code: 410, reason: "Expired", message: "too old" };
    proxy.decide = ({ url }) =>
      url.includes("resourceVersion=")
        ? { type: "answer", code: 410, body: JSON.stringify(gone) }
        : undefined;
    await expectShown("second", "1");
    expect(names()).toEqual(["second"]);
    expect(deleted).toEqual(["first"]);
  });

  test("when its version has expired, by an event", async () => {
    informer.start();
    await informer.synced();
    const before = proxy.seen.length;
    const status = { kind: "Status", code: 410, reason: "Expired", message: "too old" };
    proxy.endWatchesWith({ type: "ERROR", object: status });
    await put("second");
    await expectShown("second", "1");
    const reads = proxy.seen.slice(before).filter(({ url }) => url.includes("sendInitialEvents"));
    expect(reads).not.toHaveLength(0);
  });

  test("when a line of the watch makes no sense", async () => {
    informer.start();
    await informer.synced();
    proxy.endWatchesWith({ type: "nonsense" });
    await put("second");
    await expectShown("second", "1");
  });
});

test.each([
  ["refuses to stream", 422, JSON.stringify({ code: 422, reason: "Invalid" })],
  ["has never heard of it and says no end", 200, ""],
])("a server that %s is listed instead", async (_, code, body) => {
  proxy.decide = ({ url }) =>
    url.includes("sendInitialEvents") ? { type: "answer", code, body } : undefined;
  informer.start();
  await informer.synced();
  expect(names()).toEqual(["first"]);
  await put("second");
  await expectShown("second", "1");
});

test("what is deleted while the contents stream in is no part of them", async () => {
  const object = { ...(await writer.get(configMapKind, { namespace, name: "first" })) };
  const other = { ...object, metadata: { ...object.metadata, name: "other" } };
  const end = {
    metadata: { resourceVersion: "999999", annotations: { "k8s.io/initial-events-end": "true" } },
  };
  const lines = [
    { type: "ADDED", object },
    { type: "ADDED", object: other },
    { type: "DELETED", object },
    { type: "BOOKMARK", object: end },
  ];
  const body = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  proxy.decide = ({ url }) =>
    url.includes("sendInitialEvents") ? { type: "answer", code: 200, body } : { type: "hang" };
  informer.start();
  await informer.synced();
  expect(names()).toEqual(["other"]);
});

test("a kind that isn't defined yet is said to be so, and found once it is", async () => {
  const lines: string[] = [];
  const telling = pino({}, { write: (line: string) => void lines.push(line) });
  const group = `${namespace}.vic.dev`;
  const kind = { group, version: "v1", kind: "Thing", plural: "things", namespaced: true };
  const things = new CachedInformer({ client, kind, log: telling });
  things.start();
  await eventually(() => {
    expect(lines.join("")).toContain(`doesn't know things of ${group}/v1, waiting`);
  });
  const definition = {
    group: "apiextensions.k8s.io",
    version: "v1",
    kind: "CustomResourceDefinition",
  };
  const definitions = { ...definition, plural: "customresourcedefinitions", namespaced: false };
  const schema = { openAPIV3Schema: { type: "object" } };
  const spec = {
    group,
    scope: "Namespaced",
    names: { kind: "Thing", plural: "things" },
    versions: [{ name: "v1", served: true, storage: true, schema }],
  };
  const metadata = { name: `things.${group}` };
  const crd = { metadata, spec };
  await writer.create(definitions, crd);
  await things.synced();
  await things.stop();
  await writer.delete(definitions, metadata);
});

test("a stopped one closes its watch", async () => {
  informer.start();
  await informer.synced();
  expect(proxy.openWatches()).toBe(1);
  await informer.stop();
  await eventually(() => expect(proxy.openWatches()).toBe(0));
});
