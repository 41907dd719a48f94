import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import {
  downloadFile,
  type FileAccess,
  type FileLocation,
  fileSize,
  InvalidLoginError,
  UnreachableError,
  VSphereError,
} from "../../vsphere/index.ts";
import { ConsoleError } from "../client/console-client.ts";
import type { SecretReader } from "../secrets.ts";
import { FileSessions } from "./file-sessions.ts";
import { logPlace, type LogSources } from "./log-place.ts";

/** A file that may grow while it is read. */
export interface LogFile {
  /** Its size now, in bytes; undefined where there is no such file. */
  size(signal: AbortSignal): Promise<number | undefined>;
  /** Its bytes from `start` to before `end`, or to the present end of the file; nothing where there is no such file. */
  read(start: number, end: number | undefined, signal: AbortSignal): AsyncIterable<Buffer>;
}

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

/** A reader that takes nothing for so long gives its connection to the server back, and gets another one when it goes on. */
const STALL_MS = 5_000;
/** How often a reading that broke goes on from where it was, without a byte in between. */
const MAX_FAILURES = 3;
const RETRY_MS = 200;

/** Reads logs by `/folder` of the VSphereServer, with its credentials; no other call is made. */
export function createLogFiles(options: LogFilesOptions): LogFiles {
  const sessions = new FileSessions(options.readSecret, options.log);

  /** Runs one request, and once more with credentials that may be newer. */
  async function request<T>(
    container: ContainerVM,
    run: (access: FileAccess, where: FileLocation) => Promise<T>,
  ): Promise<{ result: T; giveBack: () => void }> {
    for (let renewed = false; ; renewed = true) {
      const { server, where } = logPlace(options, container);
      const { access, giveBack } = await sessions.take(server);
      try {
        return { result: await run(access, where), giveBack };
      } catch (error) {
        giveBack();
        if (!(error instanceof InvalidLoginError) || renewed) throw error;
        sessions.renew(server);
      }
    }
  }

  return {
    of: (latest) => ({
      async size(signal) {
        try {
          const { result, giveBack } = await request(latest(), (access, where) =>
            fileSize(access, where, signal),
          );
          giveBack();
          return result;
        } catch (error) {
          throw unavailable(error);
        }
      },
      async *read(start, end, signal) {
        let at = start;
        const isRead = (): boolean => end !== undefined && at >= end;
        for (let failures = 0; !isRead();) {
          let isStalled = false;
          let giveBack: (() => void) | undefined;
          try {
            const opened = await request(latest(), (access, where) =>
              downloadFile(access, where, {
                start: at,
                ...(end === undefined ? {} : { end }),
                signal,
              }),
            );
            giveBack = opened.giveBack;
            const body = opened.result;
            if (body === undefined) return;
            for await (const piece of body as AsyncIterable<Buffer>) {
              at += piece.length;
              failures = 0;
              const stall = setTimeout(() => {
                isStalled = true;
                body.destroy();
              }, STALL_MS);
              try {
                yield piece;
              } finally {
                clearTimeout(stall);
              }
            }
            if (!isStalled) return;
          } catch (error) {
            signal.throwIfAborted();
            if (isStalled) continue;
            if (isFinal(error) || ++failures > MAX_FAILURES) throw unavailable(error);
            await delay(RETRY_MS * 2 ** failures, undefined, { signal });
          } finally {
            giveBack?.();
          }
        }
      },
    }),
    close: () => sessions.close(),
  };
}

/** Whether another attempt would fail as this one did. */
const isFinal = (error: unknown): boolean =>
  error instanceof ConsoleError ||
  (error instanceof VSphereError && !(error instanceof UnreachableError));

function unavailable(error: unknown): unknown {
  if (error instanceof ConsoleError || (error as Error).name === "AbortError") return error;
  return new ConsoleError(
    503,
    "LogUnavailable",
    `The log can't be read: ${(error as Error).message}`,
  );
}
