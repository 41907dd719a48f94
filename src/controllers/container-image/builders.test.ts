import { expect, test } from "vitest";
import { Builders } from "./builders.ts";

test("one image builds a disk, until it gives it back or is gone", () => {
  const gone = new Set<string>();
  const builders = new Builders((image) => !gone.has(image));
  expect(builders.claim("h", "disk", "a")).toBe(true);
  expect(builders.claim("h", "disk", "a")).toBe(true);
  expect(builders.claim("h", "disk", "b")).toBe(false);
  expect(builders.claim("other host", "disk", "b")).toBe(true);
  expect(builders.release("h", "disk", "b")).toBe(false);
  expect(builders.release("h", "disk", "a")).toBe(true);
  expect(builders.claim("h", "disk", "b")).toBe(true);
  gone.add("b");
  expect(builders.claim("h", "disk", "a")).toBe(true);
});
