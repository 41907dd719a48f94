import type { Logger } from "pino";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import type { VSphereServer } from "../../api/vsphereserver.gen.ts";
import type { Informer } from "../../kube/informer.ts";
import type { SecretReader } from "../secrets.ts";

/** A file that may grow while it is read. */
export interface LogFile {
  /** Its size now, in bytes; undefined where there is no such file. */
  size(signal: AbortSignal): Promise<number | undefined>;
  /** Its bytes from `start` to before `end`, or to the present end of the file; nothing where there is no such file. */
  read(start: number, end: number | undefined, signal: AbortSignal): AsyncIterable<Buffer>;
}

/** The containers' log files. Every reading rejects with ConsoleError `Unavailable` where the datastore isn't reached. */
export interface LogFiles {
  of(container: ContainerVM): LogFile;
  /** Logs out everywhere. */
  close(): Promise<void>;
}

export interface LogFilesOptions {
  readonly hosts: Informer<VirtualContainerHost>;
  readonly servers: Informer<VSphereServer>;
  readonly readSecret: SecretReader;
  readonly log: Logger;
}
