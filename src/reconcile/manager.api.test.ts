import { randomUUID } from "node:crypto";
import { pino } from "pino";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  test,
  vi,
} from "vitest";
import type { Condition } from "../api/condition.ts";
import type { ContainerImage } from "../api/containerimage.gen.ts";
import { KINDS } from "../api/kinds.ts";
import { startFaultProxy, type FaultProxy } from "../../test/fault-proxy.ts";
import type { KubeClient } from "../kube/client.ts";
import { configMapKind, eventKind, namespaceKind } from "../kube/core-kinds.ts";
import { isNotFound } from "../kube/errors.ts";
import { createEventRecorder } from "../kube/event-recorder.ts";
import { createKubeClient } from "../kube/http-client.ts";
import type { Informers } from "../kube/informer.ts";
import { createInformers } from "../kube/shared-informers.ts";
import { findCondition, setConditions } from "./conditions.ts";
import { watching, type ControllerHandle, type ControllerSpec } from "./controller.ts";
import { TerminalError } from "./errors.ts";
import { createManager } from "./manager.ts";
import { Metrics } from "./metrics.ts";
import { awaitChange, park, requeueAfter } from "./outcome.ts";

const log = pino({ level: "silent" });
const kind = KINDS.ContainerImage;
const finalizer = "vic.dev/test";
let proxy: FaultProxy;
let direct: FaultProxy;
/** What the manager uses; may be broken. */
let client: KubeClient;
/** What the tests use; never broken. */
let user: KubeClient;
let namespace: string;
let informers: Informers;
let metrics: Metrics;
let stop: () => Promise<void>;

beforeAll(async () => {
  proxy = await startFaultProxy(inject("kubeconfig"));
  direct = await startFaultProxy(inject("kubeconfig"));
  client = createKubeClient(proxy.access);
  user = createKubeClient(direct.access);
});

beforeEach(async () => {
  namespace = `manager-${randomUUID().slice(0, 8)}`;
  await user.create(namespaceKind, { metadata: { name: namespace } });
});

afterEach(async () => {
  proxy.decide = undefined;
  await stop();
  await user.delete(namespaceKind, { name: namespace });
});

afterAll(async () => {
  await client.close();
  await user.close();
  await proxy.close();
  await direct.close();
});

type Spec = Omit<ControllerSpec<ContainerImage>, "name" | "kind">;

/** Runs one controller; it sees the test's namespace alone. */
async function run(spec: Spec, drainMs?: number): Promise<ControllerHandle> {
  informers = createInformers(client, log);
  metrics = new Metrics();
  const events = createEventRecorder({ client, log, controller: "vic.dev/test", instance: "test" });
  const manager = createManager({
    client,
    informers,
    events,
    metrics,
    log,
    fieldManager: "test",
    concurrency: 4,
    reportPaused: true,
  });
  const reconcile: Spec["reconcile"] = (request, context) =>
    request.namespace === namespace
      ? spec.reconcile(request, context)
      : Promise.resolve(awaitChange());
  const handle = manager.add({ name: "images", kind, ...spec, reconcile });
  const stopping = new AbortController();
  const running = manager.run(stopping.signal, drainMs);
  stop = async () => {
    stopping.abort();
    await running;
    await events.close(100);
    await informers.stop();
  };
  await informers.synced();
  return handle;
}

const put = (name: string): Promise<ContainerImage> =>
  user.create(kind, {
    metadata: { namespace, name },
    spec: { hostRef: { name: "host" }, image: "busybox" },
  });

const read = (name: string): Promise<ContainerImage> => user.get(kind, { namespace, name });

const key = (name: string): string => `${namespace}/${name}`;

const annotate = (name: string, annotations: Record<string, string | null>): Promise<unknown> =>
  user.patch(kind, { namespace, name }, { type: "merge", patch: { metadata: { annotations } } });

/** Waits for a key to have been reconciled (again) after this call. */
async function reconciled(runs: readonly string[], name: string): Promise<void> {
  const before = runs.length;
  await vi.waitFor(() => expect(runs.slice(before)).toContain(name), { timeout: 10_000 });
}

const condition = (status: Condition["status"]) =>
  ({ type: "Ready", status, reason: "Available", message: "" }) as const;

async function metric(name: string, labels: Record<string, string> = {}): Promise<number> {
  const { values } = (await metrics.registry.getSingleMetric(name)!.get()) as {
    values: { value: number; labels: Record<string, string> }[];
  };
  const wanted = { controller: "images", ...labels };
  const found = values.find((each) =>
    Object.entries(wanted).every(([label, value]) => each.labels[label] === value),
  );
  return found?.value ?? 0;
}

describe("status", () => {
  const statusWrites = (): number =>
    proxy.seen.filter(({ url }) => url.includes(namespace) && url.includes("/status?")).length;

  test("is written once, and not again while nothing changes", async () => {
    const runs: string[] = [];
    const handle = await run({
      async reconcile({ name, object }, context) {
        if (object !== undefined) {
          const conditions = setConditions(object.status?.conditions, [condition("True")], {
            generation: object.metadata.generation,
          });
          await context.writeStatus(object, { conditions, reference: "docker.io/library/busybox" });
        }
        runs.push(name);
        return awaitChange();
      },
    });
    await put("a");
    await vi.waitFor(async () => expect((await read("a")).status?.reference).toBeDefined());
    const first = await read("a");
    for (let times = 0; times < 3; times += 1) {
      const again = reconciled(runs, "a");
      handle.enqueue(key("a"));
      await again;
    }
    expect(statusWrites()).toBe(1);
    expect((await read("a")).metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test("loses the fields that are no longer said, and keeps those of others", async () => {
    let digest: string | undefined = `sha256:${"0".repeat(64)}`;
    const runs: string[] = [];
    const handle = await run({
      foreignStatus: ["unpacks"],
      async reconcile({ name, object }, context) {
        if (object !== undefined) await context.writeStatus(object, digest ? { digest } : {});
        runs.push(name);
        return awaitChange();
      },
    });
    await put("a");
    await vi.waitFor(async () => expect((await read("a")).status?.digest).toBeDefined());
    const unpacks = [{ chainId: "0".repeat(64), attempt: 1, result: "Done" as const }];
    await user.applyStatus(
      kind,
      { metadata: { namespace, name: "a" }, status: { unpacks } },
      { fieldManager: "other" },
    );
    digest = undefined;
    handle.enqueue(key("a"));
    await vi.waitFor(async () => expect((await read("a")).status?.digest).toBeUndefined());
    expect((await read("a")).status?.unpacks).toMatchObject(unpacks);
  });

  test("of an object that is gone doesn't land on its successor of the same name", async () => {
    let proceed = (): void => {};
    const held = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    let begun = false;
    const failed: unknown[] = [];
    await run({
      async reconcile({ object }, context) {
        if (object === undefined || begun) return awaitChange();
        begun = true;
        await held;
        const written = await context
          .writeStatus(object, { reference: "of the former" })
          .catch((error: unknown) => error);
        failed.push(written);
        return awaitChange();
      },
    });
    await put("a");
    await vi.waitFor(() => expect(begun).toBe(true));
    await user.delete(kind, { namespace, name: "a" });
    await put("a");
    proceed();
    await vi.waitFor(() => expect(failed).toHaveLength(1));
    expect((await read("a")).status?.reference).toBeUndefined();
  });
});

test("a key isn't reconciled again before the caches show what it wrote", async () => {
  const counts: number[] = [];
  let release = (): void => {};
  const handle = await run({
    watches: [watching(configMapKind, () => [])],
    async reconcile({ object }, context) {
      if (object === undefined) return awaitChange();
      const children = informers
        .of(configMapKind)
        .store.list(namespace)
        .filter(({ metadata }) => metadata?.name !== "kube-root-ca.crt");
      counts.push(children.length);
      if (children.length > 0) return awaitChange();
      // From here on the watch of ConfigMaps says nothing until it is released.
      proxy.decide = ({ url }) =>
        url.includes("/configmaps?watch") ? { type: "reset" } : undefined;
      proxy.resetWatches();
      await context.client.create(configMapKind, {
        metadata: { namespace, name: `child-${randomUUID().slice(0, 8)}` },
      });
      release();
      return requeueAfter(1);
    },
  });
  const wrote = new Promise<void>((resolve) => {
    release = resolve;
  });
  await put("a");
  await wrote;
  handle.enqueue(key("a"));
  handle.enqueue(key("a"));
  await annotate("a", { touched: "1" });
  proxy.decide = undefined;
  await vi.waitFor(() => expect(counts.length).toBeGreaterThan(1), { timeout: 10_000 });
  expect(new Set(counts)).toEqual(new Set([0, 1]));
  expect(counts.filter((count) => count === 0)).toHaveLength(1);
});

describe("a reconcile that fails", () => {
  test("by a programming error is retried, counted, and disturbs no other key", async () => {
    let failures = 3;
    const done: string[] = [];
    await run({
      reconcile({ name }) {
        if (name === "bad" && failures-- > 0) throw new TypeError("undefined is not a function");
        done.push(name);
        return Promise.resolve(awaitChange());
      },
    });
    await put("bad");
    await put("good");
    await vi.waitFor(() => expect(done).toEqual(expect.arrayContaining(["good", "bad"])));
    expect(await metric("controller_runtime_reconcile_panics_total")).toBe(3);
    expect(await metric("controller_runtime_reconcile_errors_total")).toBe(3);
    expect(await metric("workqueue_retries_total")).toBe(3);
  });

  test("for good isn't retried, is told as an event, and runs again when the object changes", async () => {
    let runs = 0;
    await run({
      reconcile({ object }) {
        runs += 1;
        if (object?.metadata.annotations?.["mended"] === undefined) {
          throw new TerminalError("ReferenceInvalid", "write it otherwise");
        }
        return Promise.resolve(awaitChange());
      },
    });
    await put("a");
    await vi.waitFor(async () => {
      const { items } = await user.list(eventKind, { namespace });
      expect(items).toMatchObject([
        { reason: "ReferenceInvalid", type: "Warning", note: "write it otherwise" },
      ]);
    });
    expect(runs).toBe(1);
    await annotate("a", { mended: "yes" });
    await vi.waitFor(() => expect(runs).toBe(2));
    expect(await metric("controller_runtime_terminal_reconcile_errors_total")).toBe(1);
  });

  test("by taking too long has its signal aborted", async () => {
    await run({
      timeoutMs: 20,
      reconcile: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
        }),
    });
    await put("a");
    await vi.waitFor(async () =>
      expect(await metric("controller_runtime_reconcile_timeouts_total")).toBeGreaterThan(0),
    );
  });
});

test("a finalizer comes before work, holds the object, and goes beside those of others", async () => {
  const steps: string[] = [];
  await run({
    async reconcile({ object }, context) {
      if (object === undefined) steps.push("gone");
      else if (object.metadata.deletionTimestamp !== undefined) {
        steps.push("clean up");
        await context.removeFinalizer(object, finalizer);
      } else if (!(await context.ensureFinalizer(object, finalizer))) steps.push("work");
      return awaitChange();
    },
  });
  await put("a");
  await vi.waitFor(() => expect(steps).toContain("work"));
  const patch = { metadata: { finalizers: [finalizer, "example.com/other"] } };
  await user.patch(kind, { namespace, name: "a" }, { type: "merge", patch });
  await user.delete(kind, { namespace, name: "a" });
  await vi.waitFor(async () =>
    expect((await read("a")).metadata.finalizers).toEqual(["example.com/other"]),
  );
  await user.patch(
    kind,
    { namespace, name: "a" },
    { type: "merge", patch: { metadata: { finalizers: null } } },
  );
  await vi.waitFor(() => expect(steps.at(-1)).toBe("gone"));
  expect(isNotFound(await read("a").catch((error: unknown) => error))).toBe(true);
  expect(steps.indexOf("work")).toBeLessThan(steps.indexOf("clean up"));
});

test("a paused object is left alone and says so, until it isn't paused any more", async () => {
  const runs: string[] = [];
  await run({
    reconcile({ name, object }) {
      if (object !== undefined) runs.push(name);
      return Promise.resolve(awaitChange());
    },
  });
  await user.create(kind, {
    metadata: { namespace, name: "a", annotations: { "vic.dev/paused": "true" } },
    spec: { hostRef: { name: "host" }, image: "busybox" },
  });
  const paused = async (): Promise<string | undefined> =>
    findCondition((await read("a")).status?.conditions, "Paused")?.status;
  await vi.waitFor(async () => expect(await paused()).toBe("True"));
  expect(runs).toEqual([]);
  await annotate("a", { "vic.dev/paused": null });
  await vi.waitFor(async () => expect(await paused()).toBeUndefined());
  await vi.waitFor(() => expect(runs).toContain("a"));
});

describe("keys are enqueued", () => {
  test("for what a changed object pointed to before and points to now", async () => {
    const runs: string[] = [];
    await run({
      watches: [
        watching(configMapKind, (object) =>
          object.metadata?.namespace === namespace && object.data?.["for"]
            ? [key(object.data["for"])]
            : [],
        ),
      ],
      reconcile({ name }) {
        runs.push(name);
        return Promise.resolve(awaitChange());
      },
    });
    await user.create(configMapKind, { metadata: { namespace, name: "map" }, data: { for: "a" } });
    await vi.waitFor(() => expect(runs).toEqual(["a"]));
    const patch = { data: { for: "b" } };
    await user.patch(configMapKind, { namespace, name: "map" }, { type: "merge", patch });
    await vi.waitFor(() => expect(runs.toSorted()).toEqual(["a", "a", "b"]));
  });

  test("by a source, which is started again when it fails", async () => {
    const runs: string[] = [];
    let starts = 0;
    await run({
      sources: [
        {
          name: "outside",
          run(queue) {
            starts += 1;
            if (starts === 1) throw new Error("broken source");
            queue.enqueue(key("from-outside"));
          },
        },
      ],
      reconcile({ name }) {
        runs.push(name);
        return Promise.resolve(awaitChange());
      },
    });
    await vi.waitFor(() => expect(runs).toEqual(["from-outside"]), { timeout: 5_000 });
  });

  test("that are parked, when their topic wakes", async () => {
    let down = true;
    const runs: boolean[] = [];
    const handle = await run({
      reconcile({ object }) {
        if (object !== undefined) runs.push(down);
        return Promise.resolve(down ? park("server") : awaitChange());
      },
    });
    await put("a");
    await vi.waitFor(() => expect(runs).toEqual([true]));
    handle.enqueue(key("a"), "resync");
    down = false;
    handle.wake("server");
    await vi.waitFor(() => expect(runs).toEqual([true, false]));
  });
});

describe("stopping", () => {
  test("lets a running reconcile finish, and starts no other", async () => {
    let finish = (): void => {};
    const runs: string[] = [];
    const ended: (string | boolean)[] = [];
    const handle = await run({
      concurrency: 1,
      async reconcile({ name, object }, { signal }) {
        if (object === undefined) return awaitChange();
        runs.push(name);
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        ended.push(name, signal.aborted);
        return awaitChange();
      },
    });
    await put("a");
    await vi.waitFor(() => expect(runs).toEqual(["a"]));
    await put("b");
    await vi.waitFor(() => expect(handle.depth()).toBeGreaterThan(0));
    const stopped = stop();
    finish();
    await stopped;
    expect(ended).toEqual(["a", false]);
    expect(runs).toEqual(["a"]);
    stop = () => Promise.resolve();
  });

  test("aborts what doesn't finish in time", async () => {
    let began = false;
    await run(
      {
        reconcile: (_, { signal }) =>
          new Promise((_resolve, reject) => {
            began = true;
            signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
          }),
      },
      50,
    );
    await put("a");
    await vi.waitFor(() => expect(began).toBe(true));
    await stop();
    stop = () => Promise.resolve();
    expect(await metric("controller_runtime_reconcile_errors_total")).toBe(0);
  });
});
