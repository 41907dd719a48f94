import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { manageImages } from "../../test/control-plane/managed-images.ts";
import { configMapKind } from "../kube/core-kinds.ts";
import { watching } from "./controller.ts";
import { awaitChange, park, requeueAfter } from "./outcome.ts";

const images = manageImages();

test("a key isn't reconciled again before the caches show what it wrote", async () => {
  const counts: number[] = [];
  let release = (): void => {};
  const handle = await images.run({
    watches: [watching(configMapKind, () => [])],
    async reconcile({ object }, context) {
      if (object === undefined) return awaitChange();
      const children = images.informers
        .of(configMapKind)
        .store.list(images.namespace)
        .filter(({ metadata }) => metadata?.name !== "kube-root-ca.crt");
      counts.push(children.length);
      if (children.length > 0) return awaitChange();
      // From here on the watch of ConfigMaps says nothing until it is released.
      images.proxy.decide = ({ url }) =>
        url.includes("/configmaps?watch") ? { type: "reset" } : undefined;
      images.proxy.resetWatches();
      await context.client.create(configMapKind, {
        metadata: { namespace: images.namespace, name: `child-${randomUUID().slice(0, 8)}` },
      });
      release();
      return requeueAfter(1);
    },
  });
  const wrote = new Promise<void>((resolve) => {
    release = resolve;
  });
  await images.put("a");
  await wrote;
  handle.enqueue(images.key("a"));
  handle.enqueue(images.key("a"));
  await images.annotate("a", { touched: "1" });
  images.proxy.decide = undefined;
  await eventually(() => expect(counts.length).toBeGreaterThan(1));
  expect(new Set(counts)).toEqual(new Set([0, 1]));
  expect(counts.filter((count) => count === 0)).toHaveLength(1);
});

describe("keys are enqueued", () => {
  test("for what a changed object pointed to before and points to now", async () => {
    const runs: string[] = [];
    await images.run({
      watches: [
        watching(configMapKind, (object) =>
          object.metadata?.namespace === images.namespace && object.data?.["for"]
            ? [images.key(object.data["for"])]
            : [],
        ),
      ],
      reconcile({ name }) {
        runs.push(name);
        return Promise.resolve(awaitChange());
      },
    });
    await images.user.create(configMapKind, {
      metadata: { namespace: images.namespace, name: "map" },
      data: { for: "a" },
    });
    await eventually(() => expect(runs).toEqual(["a"]));
    const patch = { data: { for: "b" } };
    await images.user.patch(
      configMapKind,
      { namespace: images.namespace, name: "map" },
      { type: "merge", patch },
    );
    await eventually(() => expect(runs.toSorted()).toEqual(["a", "a", "b"]));
  });

  test("once for many changes in a row, where a watch may wait", async () => {
    const runs: string[] = [];
    await images.run({
      watches: [
        watching(
          configMapKind,
          ({ metadata }) => (metadata?.name?.startsWith("many-") ? [images.key("a")] : []),
          { delayMs: 500 },
        ),
      ],
      reconcile({ name }) {
        runs.push(name);
        return Promise.resolve(awaitChange());
      },
    });
    const { namespace } = images;
    const names = Array.from({ length: 8 }, (_, index) => `many-${index}`);
    await Promise.all(
      names.map((name) => images.user.create(configMapKind, { metadata: { namespace, name } })),
    );
    await eventually(() => expect(runs).toContain("a"));
    expect(runs.length).toBeLessThan(names.length);
  });

  test("by a source, which is started again when it fails", async () => {
    const runs: string[] = [];
    let starts = 0;
    await images.run({
      sources: [
        {
          name: "outside",
          run(queue) {
            starts += 1;
            if (starts === 1) throw new Error("broken source");
            queue.enqueue(images.key("from-outside"));
          },
        },
      ],
      reconcile({ name }) {
        runs.push(name);
        return Promise.resolve(awaitChange());
      },
    });
    await eventually(() => expect(runs).toEqual(["from-outside"]));
  });

  test("that are parked, when their topic wakes", async () => {
    let down = true;
    const runs: boolean[] = [];
    const handle = await images.run({
      reconcile({ object }) {
        if (object !== undefined) runs.push(down);
        return Promise.resolve(down ? park("server") : awaitChange());
      },
    });
    await images.put("a");
    await eventually(() => expect(runs).toEqual([true]));
    handle.enqueue(images.key("a"), "resync");
    down = false;
    handle.wake("server");
    await eventually(() => expect(runs).toEqual([true, false]));
  });
});

describe("stopping", () => {
  test("lets a running reconcile finish, and starts no other", async () => {
    let finish = (): void => {};
    const runs: string[] = [];
    const ended: (string | boolean)[] = [];
    const handle = await images.run({
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
    await images.put("a");
    await eventually(() => expect(runs).toEqual(["a"]));
    await images.put("b");
    await eventually(() => expect(handle.depth()).toBeGreaterThan(0));
    const stopped = images.stop();
    finish();
    await stopped;
    expect(ended).toEqual(["a", false]);
    expect(runs).toEqual(["a"]);
  });

  test("aborts what doesn't finish in time", async () => {
    let began = false;
    await images.run(
      {
        reconcile: (_, { signal }) =>
          new Promise((_resolve, reject) => {
            began = true;
            signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
          }),
      },
      50,
    );
    await images.put("a");
    await eventually(() => expect(began).toBe(true));
    await images.stop();
    expect(await images.metric("controller_runtime_reconcile_errors_total")).toBe(0);
  });

  test("leaves behind what doesn't listen to its signal", { timeout: 60_000 }, async () => {
    let began = false;
    await images.run(
      {
        reconcile: () =>
          new Promise(() => {
            began = true;
          }),
      },
      50,
    );
    await images.put("a");
    await eventually(() => expect(began).toBe(true));
    await expect(images.stop()).resolves.toBeUndefined();
  });
});
