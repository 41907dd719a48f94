import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { printable } from "../../../oci/index.ts";
import { DockerError } from "../../errors.ts";

/** What dockerd puts before the words of the runtime; clients look for those alone, but people compare. */
const prefix =
  "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ";

/** What the guest bounds its messages to, in characters. */
const maximumLength = 1_024;

/** Why the last start failed, in dockerd's words: `State.Error`, and the answer to the start. Empty where it didn't fail. */
export function startErrorOf({ status }: ContainerVM): string {
  if (status?.state !== "Failed") return "";
  const { exit } = status;
  const why = printable(exit?.message ?? exit?.reason ?? "it couldn't be started", maximumLength);
  // Known before the runtime is asked; the operator calls it StartFailed.
  if (isUnknownUser(why)) return why;
  switch (exit?.reason) {
    case "EntrypointNotFound":
    case "EntrypointNotExecutable":
    case "StartFailed":
      return `${prefix}${why}: unknown`;
    default:
      return why;
  }
}

const isUnknownUser = (message: string): boolean => /^unable to find (user|group) /.test(message);

/** Docker's clients make exit statuses 127 and 126 of words in the message. */
export function startError(container: ContainerVM): DockerError {
  const { exit } = container.status ?? {};
  const isUsers = exit?.code === 126 || exit?.code === 127 || isUnknownUser(exit?.message ?? "");
  return new DockerError(isUsers ? 400 : 500, startErrorOf(container));
}
