import { describe, expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { manageImages } from "../../test/control-plane/managed-images.ts";
import { eventKind } from "../kube/core-kinds.ts";
import { isNotFound } from "../kube/errors.ts";
import { findCondition } from "./conditions.ts";
import { TerminalError } from "./errors.ts";
import { awaitChange } from "./outcome.ts";

const images = manageImages();
const finalizer = "vic.dev/test";

describe("a reconcile that fails", () => {
  test("by a programming error is retried, counted, and disturbs no other key", async () => {
    let failures = 3;
    const done: string[] = [];
    await images.run({
      reconcile({ name }) {
        if (name === "bad" && failures-- > 0) throw new TypeError("undefined is not a function");
        done.push(name);
        return Promise.resolve(awaitChange());
      },
    });
    await images.put("bad");
    await images.put("good");
    await eventually(() => expect(done).toEqual(expect.arrayContaining(["good", "bad"])));
    expect(await images.metric("controller_runtime_reconcile_panics_total")).toBe(3);
    expect(await images.metric("controller_runtime_reconcile_errors_total")).toBe(3);
    expect(await images.metric("workqueue_retries_total")).toBe(3);
  });

  test("for good isn't retried, is told as an event, and runs again when the object changes", async () => {
    let runs = 0;
    await images.run({
      reconcile({ object }) {
        runs += 1;
        if (object?.metadata.annotations?.["mended"] === undefined) {
          throw new TerminalError("ReferenceInvalid", "write it otherwise");
        }
        return Promise.resolve(awaitChange());
      },
    });
    await images.put("a");
    await eventually(async () => {
      const { items } = await images.user.list(eventKind, { namespace: images.namespace });
      expect(items).toMatchObject([
        { reason: "ReferenceInvalid", type: "Warning", note: "write it otherwise" },
      ]);
    });
    expect(runs).toBe(1);
    await images.annotate("a", { mended: "yes" });
    await eventually(() => expect(runs).toBe(2));
    expect(await images.metric("controller_runtime_terminal_reconcile_errors_total")).toBe(1);
  });

  test("by taking too long has its signal aborted", async () => {
    await images.run({
      timeoutMs: 20,
      reconcile: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
        }),
    });
    await images.put("a");
    await eventually(async () =>
      expect(await images.metric("controller_runtime_reconcile_timeouts_total")).toBeGreaterThan(0),
    );
  });
});

test("a finalizer comes before work, holds the object, and goes beside those of others", async () => {
  const steps: string[] = [];
  await images.run({
    async reconcile({ object }, context) {
      if (object === undefined) steps.push("gone");
      else if (object.metadata.deletionTimestamp !== undefined) {
        steps.push("clean up");
        await context.removeFinalizer(object, finalizer);
      } else if (!(await context.ensureFinalizer(object, finalizer))) steps.push("work");
      return awaitChange();
    },
  });
  await images.put("a");
  await eventually(() => expect(steps).toContain("work"));
  const patch = { metadata: { finalizers: [finalizer, "example.com/other"] } };
  await images.user.patch(
    images.kind,
    { namespace: images.namespace, name: "a" },
    { type: "merge", patch },
  );
  await images.user.delete(images.kind, { namespace: images.namespace, name: "a" });
  await eventually(async () =>
    expect((await images.read("a")).metadata.finalizers).toEqual(["example.com/other"]),
  );
  await images.user.patch(
    images.kind,
    { namespace: images.namespace, name: "a" },
    { type: "merge", patch: { metadata: { finalizers: null } } },
  );
  await eventually(() => expect(steps.at(-1)).toBe("gone"));
  expect(isNotFound(await images.read("a").catch((error: unknown) => error))).toBe(true);
  expect(steps.indexOf("work")).toBeLessThan(steps.indexOf("clean up"));
});

test.each([
  ["is gone", false],
  ["was replaced by another of its name", true],
])("nothing is made for an object that %s before its finalizer came", async (_, replaced) => {
  const held = Promise.withResolvers<void>();
  let begun = false;
  const worked: string[] = [];
  await images.run({
    async reconcile({ object }, context) {
      if (object === undefined) return awaitChange();
      const first = !begun;
      begun = true;
      if (first) await held.promise;
      if (!(await context.ensureFinalizer(object, finalizer))) worked.push(object.metadata.uid);
      return awaitChange();
    },
  });
  const former = await images.put("a");
  await eventually(() => expect(begun).toBe(true));
  await images.user.delete(images.kind, { namespace: images.namespace, name: "a" });
  await images.put(replaced ? "a" : "b");
  held.resolve();
  await eventually(() => expect(worked).toHaveLength(1));
  expect(worked).not.toContain(former.metadata.uid);
  const patch = { metadata: { finalizers: null } };
  const name = replaced ? "a" : "b";
  await images.stop();
  await images.user.patch(
    images.kind,
    { namespace: images.namespace, name },
    { type: "merge", patch },
  );
});

test("a paused object is left alone and says so, until it isn't paused any more", async () => {
  const runs: string[] = [];
  await images.run({
    reconcile({ name, object }) {
      if (object !== undefined) runs.push(name);
      return Promise.resolve(awaitChange());
    },
  });
  await images.put("a", { "vic.dev/paused": "true" });
  const paused = async (): Promise<string | undefined> =>
    findCondition((await images.read("a")).status?.conditions, "Paused")?.status;
  await eventually(async () => expect(await paused()).toBe("True"));
  expect(runs).toEqual([]);
  await images.annotate("a", { "vic.dev/paused": null });
  await eventually(async () => expect(await paused()).toBeUndefined());
  await eventually(() => expect(runs).toContain("a"));
});

test("a write comes before the rest of another group's crowd", async () => {
  const crowd = Array.from({ length: 20 }, (_, index) => `crowd-${index}`);
  const written = (): string[] =>
    images.proxy.seen.flatMap(({ method, url }) =>
      method === "PATCH" ? (/containerimages\/([^?]+)/.exec(url)?.[1] ?? []) : [],
    );
  // Each of the crowd's writes holds its place until its reconcile is told to stop.
  images.proxy.decide = ({ method, url }) =>
    method === "PATCH" && url.includes("/crowd-") ? { type: "hang" } : undefined;
  await images.run({
    group: (key) => (key.includes("/crowd-") ? "crowd" : "other"),
    concurrency: crowd.length + 1,
    timeoutMs: 1000,
    async reconcile({ object }, context) {
      if (object !== undefined) await context.ensureFinalizer(object, finalizer);
      return awaitChange();
    },
  });
  await Promise.all(crowd.map((name) => images.put(name)));
  await eventually(() => expect(written().length).toBeGreaterThanOrEqual(4));
  await images.put("other");
  await eventually(() => expect(written()).toContain("other"));
  expect(written().indexOf("other")).toBeLessThan(crowd.length);
  images.proxy.decide = undefined;
  await eventually(async () =>
    expect((await images.read("other")).metadata.finalizers).toEqual([finalizer]),
  );
  // What is let go of can be deleted with its namespace.
  await images.stop();
  for (const name of [...crowd, "other"]) {
    const ref = { namespace: images.namespace, name };
    // oxlint-disable-next-line no-await-in-loop -- few
    await images.user.patch(images.kind, ref, {
      type: "merge",
      patch: { metadata: { finalizers: null } },
    });
  }
});
