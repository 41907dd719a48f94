import { expect, test } from "vitest";
import { Admission } from "./admission.ts";

/** Asks for a key of group "a", and begins where it may. */
function enter(admission: Admission, key: string, group = "a"): boolean {
  const admitted = admission.admits(key, group);
  if (admitted) admission.begin(key, group);
  return admitted;
}

test("nobody waits for ever, though none of those whose turn came begins", () => {
  const admission = new Admission(2);
  for (const key of ["1", "2", "3", "4", "5", "6"]) enter(admission, key);
  expect(admission.end("1")).toEqual(["3"]);
  expect(admission.end("2")).toEqual(["4", "5", "6"]);
  expect(admission.admits("7", "a")).toBe(true);
});

test("the end of what never began wakes nobody", () => {
  const admission = new Admission(1);
  enter(admission, "1");
  enter(admission, "2");
  expect(admission.end("2")).toEqual([]);
  expect(admission.end("1")).toEqual(["2"]);
});

test("those that wait have their turns in the order of asking, one for each that ends", () => {
  const admission = new Admission(2);
  for (const key of ["1", "2"]) expect(enter(admission, key)).toBe(true);
  for (const key of ["3", "4", "3"]) expect(enter(admission, key)).toBe(false);
  expect(admission.end("2")).toEqual(["3"]);
  expect(enter(admission, "3")).toBe(true);
  expect(admission.end("1")).toEqual(["4"]);
});

test("who comes when there is room need not wait, and then waits no more", () => {
  const admission = new Admission(2);
  for (const key of ["1", "2", "3"]) enter(admission, key);
  expect(admission.end("1")).toEqual(["3"]);
  expect(enter(admission, "4")).toBe(true);
  expect(enter(admission, "3")).toBe(false);
  expect(admission.end("4")).toEqual(["3"]);
});

test("groups don't wait for one another", () => {
  const admission = new Admission(1);
  expect(enter(admission, "1")).toBe(true);
  expect(enter(admission, "2")).toBe(false);
  expect(enter(admission, "3", "b")).toBe(true);
  expect(admission.end("3")).toEqual([]);
});
