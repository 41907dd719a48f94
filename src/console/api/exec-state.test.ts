import { describe, expect, it } from "vitest";
import { readExecState } from "./exec-state.ts";

const nothing = { args: [], env: [], cwd: "", user: "", groups: [], tty: false, stdin: false };

describe("what a guest tells of an exec", () => {
  it.each([
    {},
    { id: "another's", running: "yes", started: 1, pid: "x", exitCode: {}, spec: [] },
    { spec: { args: "sh", env: { a: 1 }, cwd: 7, tty: "true" } },
  ])("is nothing where it makes no sense: %j", (answer) =>
    expect(readExecState("id", answer)).toEqual({
      id: "id",
      running: false,
      started: false,
      spec: nothing,
    }),
  );

  it("has an exit code once it has ended, and a pid once it has begun", () => {
    const spec = { ...nothing, args: ["sh", "-c", "a\nb"], tty: true };
    const running = { id: "id", running: true, started: true, pid: 212, spec };
    expect(readExecState("id", running)).toEqual(running);
    const ended = { ...running, running: false, exitCode: 0 };
    expect(readExecState("id", ended)).toEqual(ended);
  });
});
