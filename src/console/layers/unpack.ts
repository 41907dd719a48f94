import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createInterface } from "node:readline";
import type { Layer } from "../../oci/index.ts";
import type { Link } from "../links/link.ts";

/** One disk to be filled by the agent in a worker. */
export interface UnpackJob {
  /** SCSI target of the disk on the worker's bus 0. */
  readonly target: number;
  /** Whether the disk is new and wants a file system; a child has its parent's. */
  readonly format: boolean;
  readonly layers: readonly Layer[];
}

export type UnpackResult =
  | { readonly result: "Done"; readonly usedBytes: number; readonly files: number }
  | { readonly result: "Failed"; readonly reason: string; readonly message: string };

interface Progress {
  readonly done?: boolean;
  readonly usedBytes?: number;
  readonly layers?: readonly { readonly files?: number }[];
  readonly error?: { readonly reason?: string; readonly message?: string };
}

/**
 * Has the agent at the other end of the link fill a disk (docs/guest-protocol.md, `unpack`): streams the layers' blobs to it and
 * reads what became of them.
 * @throws Error where the link breaks, and whatever `openBlob` throws: nothing is known of the disk then
 */
export async function unpack(
  link: Link,
  job: UnpackJob,
  openBlob: (layer: Layer, signal: AbortSignal) => Promise<Readable>,
  signal: AbortSignal,
): Promise<UnpackResult> {
  const { stream, exited } = await link.start("unpack");
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  const abort = () => stream.destroy();
  signal.addEventListener("abort", abort, { once: true });
  try {
    const last = lastLine(stream);
    const sending = send(stream, job, openBlob, stop).catch((error: unknown) => error);
    const status = await Promise.race([exited, sending.then(failed)]);
    ended.abort(); // an agent that has given up reads no further
    return verdict(await last, status);
  } catch (error) {
    stream.destroy();
    signal.throwIfAborted();
    throw error;
  } finally {
    ended.abort();
    signal.removeEventListener("abort", abort);
  }

  /** Sending that failed ends the job; sending that worked leaves the word to the agent. */
  function failed(error: unknown): Promise<number> {
    // A cut pipe is what an agent that gave up looks like: its own words, if any, say more.
    if (
      error === undefined ||
      (error as NodeJS.ErrnoException).code === "ERR_STREAM_PREMATURE_CLOSE"
    )
      return exited;
    throw error as Error;
  }
}

async function send(
  stream: NodeJS.WritableStream,
  job: UnpackJob,
  openBlob: (layer: Layer, signal: AbortSignal) => Promise<Readable>,
  signal: AbortSignal,
): Promise<undefined> {
  const layers = job.layers.map(({ digest, diffId, mediaType, size }) => ({
    digest,
    diffId,
    mediaType,
    size,
  }));
  stream.write(`${JSON.stringify({ target: job.target, format: job.format, layers })}\n`);
  for (const layer of job.layers)
    await pipeline(await openBlob(layer, signal), stream, { end: false, signal });
  stream.end();
  return undefined;
}

async function lastLine(stream: Readable): Promise<Progress> {
  let last: Progress = {};
  for await (const line of createInterface({
    input: stream,
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    last = parseLine(line.slice(0, 64 * 1024)) ?? last;
  }
  return last;
}

function parseLine(line: string): Progress | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined; // a guest's word counts only where it is well-formed; the exit status decides
  }
}

function verdict(last: Progress, status: number): UnpackResult {
  if (status === 0 && last.done === true) {
    const files = (last.layers ?? []).reduce((sum, layer) => sum + count(layer.files), 0);
    return { result: "Done", usedBytes: count(last.usedBytes), files };
  }
  return {
    result: "Failed",
    reason: pascalCase(last.error?.reason) ?? "UnpackFailed",
    message:
      printable(last.error?.message) ??
      `the worker's agent ended with status ${status} and didn't say why`,
  };
}

const count = (value: unknown): number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0;

/** Guests' words are bounded and without control characters before anybody sees them. */
const printable = (text: unknown): string | undefined =>
  typeof text === "string" ? text.replace(/[^\x20-\x7e]/g, "?").slice(0, 1024) : undefined;

const pascalCase = (text: unknown): string | undefined =>
  typeof text === "string" && /^[A-Z][A-Za-z]{0,63}$/.test(text) ? text : undefined;
