import type { Logger } from "pino";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import type { SecretReader } from "../identities/secrets.ts";
import { DatastoreLog } from "./datastore-log.ts";
import { FileSessions } from "./file-sessions.ts";
import type { LogFile } from "./log-file.ts";
import { logPlace, type LogSources } from "./log-place.ts";

/** The containers' log files. Every reading rejects with ConsoleError `LogUnavailable` where the datastore isn't reached. */
export interface LogFiles {
  /** @param latest the container as it is by now: its VM may be moved to another datastore */
  of(latest: () => ContainerVM): LogFile;
  /** Logs out everywhere. */
  close(): Promise<void>;
}

export interface LogFilesOptions extends LogSources {
  readonly readSecret: SecretReader;
  readonly log: Logger;
}

/** Reads logs by `/folder` of the VSphereServer, with its credentials; no other call is made. */
export function createLogFiles(options: LogFilesOptions): LogFiles {
  const sessions = new FileSessions(options.readSecret, options.log);
  return {
    of: (latest) =>
      new DatastoreLog({ sessions, latest, placeOf: (container) => logPlace(options, container) }),
    close: () => sessions.close(),
  };
}
