import { ConsoleError } from "../../console/client/console-client.ts";

/** Why a process couldn't be started, in dockerd's words, from which clients take the exit code. */
export interface StartFailure {
  readonly message: string;
  readonly exitCode: number;
}

const reasons: ReadonlySet<string> = new Set([
  "EntrypointNotFound",
  "EntrypointNotExecutable",
  "UserNotFound",
  "StartFailed",
]);

/** dockerd reads codes out of the runtime's words, and has more words for a file where a directory should be. */
const codes: readonly (readonly [words: RegExp, exitCode: number, more?: string])[] = [
  // Newer versions of Go, and so our guest, have words of their own for a directory.
  [/permission denied|is a directory/i, 126],
  [
    /not a directory/i,
    127,
    ": Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type",
  ],
  [/executable file not found|no such file or directory/i, 127],
];
const unknownCode = 128;

/** Undefined for errors that aren't the process's. */
export function startFailure(error: unknown): StartFailure | undefined {
  if (!(error instanceof ConsoleError) || !reasons.has(error.reason)) return undefined;
  const [, exitCode, more = ""] = codes.find(([words]) => words.test(error.message)) ?? [
    undefined,
    unknownCode,
  ];
  // What the runtime finds out before it makes a process.
  const early = error.message.startsWith("Cwd ");
  const what = early ? "" : "unable to start container process: ";
  return {
    message: `OCI runtime exec failed: exec failed: ${what}${error.message}: unknown${more}`,
    exitCode,
  };
}
