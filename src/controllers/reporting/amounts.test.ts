import { expect, test } from "vitest";
import { count, formatBytes } from "./amounts.ts";

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1 KiB"],
  [1536 * 1024, "1.5 MiB"],
  [3 * 1024 ** 4, "3072 GiB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test("one disk, two disks", () => {
  expect([count(1, "disk"), count(2, "disk")]).toEqual(["1 disk", "2 disks"]);
});
