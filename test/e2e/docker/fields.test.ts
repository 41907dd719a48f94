import { expect, test } from "vitest";
import { differingFields } from "./fields.ts";

test("fields differ that are missing, of another type or of another value", () => {
  const one = { same: 1, gone: {}, list: [1], deep: { a: null, b: "x" } };
  const other = { same: 1, list: [2], deep: { a: "null", b: "x" }, more: false };
  expect(differingFields(one, other)).toEqual(["deep.a", "gone", "list", "more"]);
  expect(differingFields(one, structuredClone(one))).toEqual([]);
});
