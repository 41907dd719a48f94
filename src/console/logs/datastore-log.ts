import { setTimeout as delay } from "node:timers/promises";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import {
  downloadFile,
  type FileAccess,
  type FileLocation,
  fileSize,
  FileTransferError,
  InvalidLoginError,
  UnreachableError,
  VSphereError,
} from "../../vsphere/index.ts";
import { ConsoleError } from "../client/console-client.ts";
import { Deadline } from "./deadline.ts";
import type { FileSessions } from "./file-sessions.ts";
import type { LogFile } from "./log-file.ts";
import type { LogPlace } from "./log-place.ts";

/** How long a server may say nothing. */
const SILENCE_MS = 30_000;
/** A reader that takes nothing for so long gives its connection to the server back, and gets another one when it goes on. */
const STALL_MS = 5_000;
/** How often a reading that broke goes on from where it was, without a byte in between. */
const MAX_FAILURES = 3;
const RETRY_MS = 200;

type Awaited = "answer" | "reader";

export interface DatastoreLogOptions {
  readonly sessions: FileSessions;
  /** The container as it is by now. */
  readonly latest: () => ContainerVM;
  /** @throws ConsoleError */
  readonly placeOf: (container: ContainerVM) => LogPlace;
}

/** A container's log as its server's `/folder` gives it. */
export class DatastoreLog implements LogFile {
  readonly #options: DatastoreLogOptions;

  constructor(options: DatastoreLogOptions) {
    this.#options = options;
  }

  async size(signal: AbortSignal): Promise<number | undefined> {
    const deadline = new Deadline<Awaited>();
    deadline.await("answer", SILENCE_MS);
    const stop = AbortSignal.any([signal, deadline.signal]);
    try {
      const { result, giveBack } = await this.#request((access, where) =>
        fileSize(access, where, stop),
      );
      giveBack();
      return result;
    } catch (error) {
      signal.throwIfAborted();
      throw unavailable(deadline.missed ? SILENT : error);
    } finally {
      deadline.stop();
    }
  }

  async *read(start: number, end: number | undefined, signal: AbortSignal): AsyncGenerator<Buffer> {
    let at = start;
    const isRead = (): boolean => end !== undefined && at >= end;
    for (let failures = 0; !isRead();) {
      const deadline = new Deadline<Awaited>();
      deadline.await("answer", SILENCE_MS);
      const stop = AbortSignal.any([signal, deadline.signal]);
      let giveBack: (() => void) | undefined;
      try {
        const range = { start: at, ...(end === undefined ? {} : { end }), signal: stop };
        const opened = await this.#request((access, where) => downloadFile(access, where, range));
        giveBack = opened.giveBack;
        if (opened.result === undefined) return;
        for await (const piece of opened.result as AsyncIterable<Buffer>) {
          at += piece.length;
          failures = 0;
          deadline.await("reader", STALL_MS);
          yield piece;
          deadline.await("answer", SILENCE_MS);
        }
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (deadline.missed === "reader") continue;
        if (deadline.missed === "answer") throw unavailable(SILENT);
        if (isFinal(error) || ++failures > MAX_FAILURES) throw unavailable(error);
        await delay(RETRY_MS * 2 ** failures, undefined, { signal });
      } finally {
        deadline.stop();
        giveBack?.();
      }
    }
  }

  /** Runs a request, and once more with credentials that may be newer. */
  async #request<T>(
    run: (access: FileAccess, where: FileLocation) => Promise<T>,
  ): Promise<{ result: T; giveBack: () => void }> {
    const { sessions, latest, placeOf } = this.#options;
    for (let renewed = false; ; renewed = true) {
      const { server, where } = placeOf(latest());
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
}

const SILENT = new Error(`its server said nothing for ${SILENCE_MS / 1000} s`);

/** Whether another attempt would fail as this one did. */
const isFinal = (error: unknown): boolean =>
  error instanceof ConsoleError ||
  (error instanceof VSphereError && !(error instanceof UnreachableError));

/** What a server answers for a file that it doesn't give while a VM writes it (docs/vcenter-assumptions.md, D6). */
const FORBIDDEN = 403;

function unavailable(error: unknown): ConsoleError {
  if (error instanceof ConsoleError) return error;
  const isForbidden = error instanceof FileTransferError && error.status === FORBIDDEN;
  const what = isForbidden
    ? "The log can't be read, perhaps only as long as its VM is on"
    : "The log can't be read";
  return new ConsoleError(503, "LogUnavailable", `${what}: ${(error as Error).message}`);
}
