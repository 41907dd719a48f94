import type { Layer } from "../../oci/index.ts";
import type { Link, LinkCommand } from "../links/link.ts";
import { lastProgress, type UnpackResult, verdict } from "./progress.ts";

/** One disk to be filled by the agent in a worker. */
export interface UnpackJob {
  /** SCSI target of the disk on the worker's bus 0. */
  readonly target: number;
  /** Whether the disk is new and wants a file system; a child has its parent's. */
  readonly format: boolean;
  readonly layers: readonly Layer[];
}

/** A layer's compressed bytes, exactly as many as its size. Ending the iteration, or the signal, ends the reading. */
export type OpenLayer = (layer: Layer, signal: AbortSignal) => AsyncIterable<Uint8Array>;

/** How long neither side may get on: making file systems and syncing slow disks take minutes, a registry's silence one at most. */
const IDLE_MS = 10 * 60 * 1000;

/**
 * Has the agent at the other end of the link fill a disk (docs/guest-protocol.md, `unpack`): streams the layers' blobs to it, as
 * fast as it takes them, and reads what became of them.
 * @throws Error where the link breaks or nothing goes on, and whatever `openLayer` throws: nothing is known of the disk then
 */
export async function unpack(
  link: Link,
  job: UnpackJob,
  openLayer: OpenLayer,
  signal: AbortSignal,
  idleMs = IDLE_MS,
): Promise<UnpackResult> {
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  const command = await link.start("unpack", signal);
  const { stream, exited } = command;
  const watchdog = watch(signal, idleMs);
  try {
    stream.stderr.resume(); // else the channel doesn't close
    const last = lastProgress(stream, watchdog.progress);
    last.catch(() => {}); // `exited` tells
    const sent = send(command, job, openLayer, watchdog.progress, stop);
    // An agent that gives up ends before it has read everything; sending that fails ends the job.
    const status = await Promise.race([exited, sent.then(() => exited), watchdog.barked]);
    return verdict(await last, status);
  } catch (error) {
    stream.destroy();
    throw error;
  } finally {
    ended.abort();
    watchdog.end();
  }
}

/** Rejects when the signal aborts or nothing has been going on for so long. */
function watch(signal: AbortSignal, idleMs: number) {
  const { promise: barked, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason as Error);
  const timer = setTimeout(
    () => reject(new Error(`the worker's agent did nothing for ${idleMs / 1000} s`)),
    idleMs,
  );
  barked.catch(() => {});
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  return {
    barked,
    progress: () => void timer.refresh(),
    end() {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}

async function send(
  command: LinkCommand,
  { target, format, layers }: UnpackJob,
  openLayer: OpenLayer,
  onProgress: () => void,
  signal: AbortSignal,
): Promise<void> {
  const order = {
    target,
    format,
    layers: layers.map(({ digest, diffId, mediaType, size }) => ({
      digest,
      diffId,
      mediaType,
      size,
    })),
  };
  await command.write(`${JSON.stringify(order)}\n`, signal);
  for (const layer of layers)
    for await (const chunk of openLayer(layer, signal)) {
      if (!(await command.write(chunk, signal))) return; // how the command ended says why
      onProgress();
    }
  command.stream.end();
}
