import { expect, test } from "vitest";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { startError, startErrorOf } from "./start-error.ts";

const failed = (reason: string, code: number, message: string): ContainerVM =>
  ({ status: { state: "Failed", exit: { reason, code, message } } }) as ContainerVM;

const prefix =
  "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ";

test.each([
  ["EntrypointNotFound", 127, 'exec: "x": executable file not found in $PATH', 400, true],
  ["EntrypointNotExecutable", 126, 'exec: "/x": permission denied', 400, true],
  ["StartFailed", 128, "mkdir /x: not a directory", 500, true],
  ["StartFailed", 128, "unable to find user x: no matching entries in passwd file", 400, false],
  ["RootMissing", 128, "no disk", 500, false],
])("%s is told in dockerd's words", (reason, code, message, status, isRuntimes) => {
  const container = failed(reason, code, message);
  const expected = isRuntimes ? `${prefix}${message}: unknown` : message;
  expect(startErrorOf(container)).toBe(expected);
  expect(startError(container)).toMatchObject({ status, message: expected });
});

test("what a guest says is bounded, and without what terminals obey", () => {
  const text = startErrorOf(failed("RootMissing", 128, `\u001b[31m${"x".repeat(5_000)}`));
  expect(text).toMatch(/^\?\[31mx+$/);
  expect(text.length).toBeLessThanOrEqual(1_024);
});

test("a container that didn't fail has no error", () => {
  const exited = { status: { state: "Exited", exit: { code: 1, message: "x" } } };
  expect(startErrorOf(exited as ContainerVM)).toBe("");
});
