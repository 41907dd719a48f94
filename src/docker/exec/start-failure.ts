import { ConsoleError } from "../../console/client/console-client.ts";

/** Why a process couldn't be started, in dockerd's words, from which clients take the exit code. */
export interface StartFailure {
  readonly message: string;
  readonly exitCode: number;
}

const codes: Readonly<Record<string, number>> = {
  EntrypointNotFound: 127,
  EntrypointNotExecutable: 126,
  UserNotFound: 126,
  StartFailed: 126,
};

/** Undefined for errors that aren't the process's. */
export function startFailure(error: unknown): StartFailure | undefined {
  if (!(error instanceof ConsoleError) || !Object.hasOwn(codes, error.reason)) return undefined;
  const exitCode = codes[error.reason]!;
  if (error.reason === "UserNotFound") return { message: error.message, exitCode };
  const missing = error.message.includes("no such file or directory");
  return {
    message: `OCI runtime exec failed: exec failed: unable to start container process: ${error.message}: unknown`,
    exitCode: missing ? 127 : exitCode,
  };
}
