import { expect, test } from "vitest";
import { ConsoleError } from "../../console/client/console-client.ts";
import { startFailure } from "./start-failure.ts";

const start = "OCI runtime exec failed: exec failed: unable to start container process:";

// As dockerd 28.5 said; test/e2e/docker compares.
test.each([
  ["EntrypointNotExecutable", 'exec: "/tmp": is a directory', 126, ""],
  ["EntrypointNotFound", 'exec: "x": executable file not found in $PATH', 127, ""],
  ["EntrypointNotExecutable", 'exec: "/etc/passwd": permission denied', 126, ""],
  [
    "StartFailed",
    'chdir to cwd ("/x") set in config.json failed: no such file or directory',
    127,
    "",
  ],
  [
    "StartFailed",
    'chdir to cwd ("/etc/passwd") set in config.json failed: not a directory',
    127,
    ": Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type",
  ],
  ["StartFailed", "anything else", 128, ""],
])("%s, %s: %i", (reason, message, exitCode, more) => {
  const failure = startFailure(new ConsoleError(400, reason, message));
  expect(failure).toEqual({ exitCode, message: `${start} ${message}: unknown${more}` });
});

test("what the runtime refuses before there is a process", () => {
  const relative = "Cwd must be an absolute path";
  expect(startFailure(new ConsoleError(400, "StartFailed", relative))).toEqual({
    exitCode: 128,
    message: `OCI runtime exec failed: exec failed: ${relative}: unknown`,
  });
});

test.each([new ConsoleError(503, "NoLine", "no line"), new Error("permission denied")])(
  "%s isn't the process's",
  (error) => {
    expect(startFailure(error)).toBeUndefined();
  },
);
