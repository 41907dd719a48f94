import { expect, test } from "vitest";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import type { Tenant } from "../tenant.ts";
import { enterReader, outputRead } from "./readers.ts";

const FOR_EVER = 2 ** 31 - 1;
const tenant = (): Tenant => ({}) as Tenant;
const container = (starts: number) =>
  ({ metadata: { uid: "u" }, status: { starts } }) as unknown as ContainerVM;

test("a reader who doesn't read is waited for a while and no longer", async () => {
  const host = tenant();
  enterReader(host, container(1), "current");
  await expect(outputRead(host, container(1), 1)).resolves.toBeUndefined();
});

test("nobody waits for a reader of a run that is yet to begin, of another container, or of another host", async () => {
  const host = tenant();
  enterReader(host, container(1), "next");
  const other = { ...container(2), metadata: { uid: "v" } } as ContainerVM;
  await expect(outputRead(host, container(1), FOR_EVER)).resolves.toBeUndefined();
  await expect(outputRead(tenant(), container(2), FOR_EVER)).resolves.toBeUndefined();
  await expect(outputRead(host, other, FOR_EVER)).resolves.toBeUndefined();
});

test("the end is told once all readers of the run have left", async () => {
  const host = tenant();
  const first = enterReader(host, container(1), "next");
  const second = enterReader(host, container(2), "current");
  let told = false;
  const waiting = outputRead(host, container(2), FOR_EVER).then(() => (told = true));
  expect(first()).toBe(false);
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).toBe(false);
  expect(second()).toBe(true);
  await waiting;
});
