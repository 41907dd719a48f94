import { expect, test } from "vitest";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { containerId } from "../../api/identity.ts";
import { isOrphan, Orphans } from "./sweep.ts";

const id = containerId("uid-1");
const marker = {
  installation: "i",
  hostId: "h",
  host: "a/h",
  id,
  container: "a/c",
  role: "container",
} as const;
const container = (uid: string, status?: object) =>
  ({ metadata: { uid }, status }) as unknown as ContainerVM;

test("a VM is an orphan when its ContainerVM is gone, or is another one of the same name", () => {
  expect(isOrphan(marker, () => undefined)).toBe(true);
  expect(isOrphan(marker, () => container("uid-2"))).toBe(true);
  expect(isOrphan(marker, () => container("uid-1"))).toBe(false);
  expect(isOrphan(marker, () => container("uid-2", { id }))).toBe(false);
});

test("workers are never orphans", () => {
  expect(isOrphan({ ...marker, role: "worker" }, () => undefined)).toBe(false);
});

test("an orphan is swept after the grace time, and one that was adopted meanwhile isn't", () => {
  const orphans = new Orphans();
  expect(orphans.ripe("a/h", ["1", "2"], 0, 1000)).toEqual({ ids: [], nextMs: 1000 });
  expect(orphans.ripe("a/h", ["1"], 999, 1000)).toEqual({ ids: [], nextMs: 1 });
  expect(orphans.ripe("a/h", ["1", "2"], 1000, 1000)).toEqual({ ids: ["1"], nextMs: 1000 });
});
