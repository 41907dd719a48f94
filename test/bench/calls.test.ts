import { describe, expect, it } from "vitest";
import { describeCalls, sumOfCalls, writesOf } from "./calls.ts";

describe("vSphere calls", () => {
  it("that aren't known to be harmless are writes", () => {
    expect(writesOf({ Login: 1, PowerOnVM_Task: 2, SomethingNew: 1, CreateFilter: 9 })).toEqual({
      PowerOnVM_Task: 2,
      SomethingNew: 1,
    });
  });

  it("are told most first", () => {
    const calls = { Login: 1, CreateFilter: 1, PowerOnVM_Task: 20 };
    expect(describeCalls(calls)).toBe("20 PowerOnVM_Task, 1 CreateFilter, 1 Login");
    expect(sumOfCalls(calls)).toBe(22);
    expect(describeCalls({})).toBe("none");
  });
});
