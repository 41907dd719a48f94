import { describe, expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { manageImages } from "../../test/control-plane/managed-images.ts";
import type { Condition } from "../api/condition.ts";
import { setConditions } from "./conditions.ts";
import { awaitChange } from "./outcome.ts";

const images = manageImages();

const condition = (status: Condition["status"]) =>
  ({ type: "Ready", status, reason: "Available", message: "" }) as const;

/** Waits for a key to have been reconciled (again) after this call. */
async function reconciled(runs: readonly string[], name: string): Promise<void> {
  const before = runs.length;
  await eventually(() => expect(runs.slice(before)).toContain(name));
}

describe("status", () => {
  const statusWrites = (): number =>
    images.proxy.seen.filter(
      ({ url }) => url.includes(images.namespace) && url.includes("/status?"),
    ).length;

  test("is written once, and not again while nothing changes", async () => {
    const runs: string[] = [];
    const handle = await images.run({
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
    await images.put("a");
    await eventually(async () => expect((await images.read("a")).status?.reference).toBeDefined());
    const first = await images.read("a");
    for (let times = 0; times < 3; times += 1) {
      const again = reconciled(runs, "a");
      handle.enqueue(images.key("a"));
      await again;
    }
    expect(statusWrites()).toBe(1);
    expect((await images.read("a")).metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test("loses the fields that are no longer said, and keeps those of others", async () => {
    let digest: string | undefined = `sha256:${"0".repeat(64)}`;
    const runs: string[] = [];
    const handle = await images.run({
      foreignStatus: ["unpacks"],
      async reconcile({ name, object }, context) {
        if (object !== undefined) await context.writeStatus(object, digest ? { digest } : {});
        runs.push(name);
        return awaitChange();
      },
    });
    await images.put("a");
    await eventually(async () => expect((await images.read("a")).status?.digest).toBeDefined());
    const unpacks = [{ chainId: "0".repeat(64), attempt: 1, result: "Done" as const }];
    await images.user.applyStatus(
      images.kind,
      { metadata: { namespace: images.namespace, name: "a" }, status: { unpacks } },
      { fieldManager: "other" },
    );
    digest = undefined;
    handle.enqueue(images.key("a"));
    await eventually(async () => expect((await images.read("a")).status?.digest).toBeUndefined());
    expect((await images.read("a")).status?.unpacks).toMatchObject(unpacks);
  });

  test("of an object that is gone doesn't land on its successor of the same name", async () => {
    let proceed = (): void => {};
    const held = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    let begun = false;
    const failed: unknown[] = [];
    await images.run({
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
    await images.put("a");
    await eventually(() => expect(begun).toBe(true));
    await images.user.delete(images.kind, { namespace: images.namespace, name: "a" });
    await images.put("a");
    proceed();
    await eventually(() => expect(failed).toHaveLength(1));
    expect((await images.read("a")).status?.reference).toBeUndefined();
  });

  test("that was decided from a stale object doesn't undo what was written since", async () => {
    const other = `sha256:${"1".repeat(64)}`;
    const held = Promise.withResolvers<void>();
    let begun = 0;
    const seen: (string | undefined)[] = [];
    await images.run({
      async reconcile({ object }, context) {
        if (object === undefined) return awaitChange();
        begun += 1;
        seen.push(object.status?.digest);
        if (begun === 1) await held.promise;
        const digest = object.status?.digest ?? `sha256:${"0".repeat(64)}`;
        await context.writeStatus(object, { digest });
        return awaitChange();
      },
    });
    await images.put("a");
    await eventually(() => expect(begun).toBe(1));
    // As a write of ours of which no answer came, or the process that leads now.
    await images.user.applyStatus(
      images.kind,
      { metadata: { namespace: images.namespace, name: "a" }, status: { digest: other } },
      { fieldManager: "test" },
    );
    held.resolve();
    await eventually(() => expect(seen).toContain(other));
    expect((await images.read("a")).status?.digest).toBe(other);
  });
});
