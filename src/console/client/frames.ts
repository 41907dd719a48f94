import type { OutputFrame, Size } from "./console-client.ts";

// Frames of the console's API (docs/console-api.md): `[type, 0, 0, 0, length as 32 bits big endian]` and the payload.

const HEADER_BYTES = 8;
/** Of one frame's payload; nobody sends more. */
const MAX_PAYLOAD = 1024 * 1024;

const TYPES = { stdin: 0, stdout: 1, stderr: 2, exit: 3, size: 4, error: 5 } as const;

export interface Frame {
  readonly type: number;
  readonly payload: Buffer;
}

/** What goes to the console. */
export type InputFrame =
  | { readonly type: "stdin"; readonly data: Buffer }
  | { readonly type: "size"; readonly size: Size };

/** Bytes that are no frames. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

function encode(type: number, payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.writeUInt32BE(type << 24, 0);
  frame.writeUInt32BE(payload.length, 4);
  payload.copy(frame, HEADER_BYTES);
  return frame;
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** One frame, or several where there is much. */
function encodeData(type: number, data: Buffer): Buffer {
  if (data.length <= MAX_PAYLOAD) return encode(type, data);
  const frames: Buffer[] = [];
  for (let at = 0; at < data.length; at += MAX_PAYLOAD) {
    frames.push(encode(type, data.subarray(at, at + MAX_PAYLOAD)));
  }
  return Buffer.concat(frames);
}

/** The bytes of what goes to the console: one frame, or several where there is much. */
export function encodeInput(frame: InputFrame): Buffer {
  return frame.type === "stdin"
    ? encodeData(TYPES.stdin, frame.data)
    : encode(TYPES.size, json(frame.size));
}

/** The bytes of what comes from the console: one frame, or several where there is much. */
export function encodeOutput(frame: OutputFrame): Buffer {
  switch (frame.type) {
    case "stdout":
    case "stderr":
      return encodeData(TYPES[frame.type], frame.data);
    case "exit":
      return encode(TYPES.exit, json({ exitCode: frame.exitCode }));
    case "error":
      return encode(TYPES.error, json({ reason: frame.reason, message: frame.message }));
  }
}

/** Types whose payloads are pieces of a stream: where they are cut means nothing. */
const isStream = (type: number): boolean => type <= TYPES.stderr;

/** Takes frames apart, however their bytes are split. What belongs to a stream is passed on as it comes; other payloads are put together. */
export class FrameDecoder {
  #held: Buffer = Buffer.alloc(0);
  /** The stream's frame that has begun, and how much of it is still to come. */
  #type = 0;
  #missing = 0;

  /** Whether it waits for the rest of a frame. */
  get partial(): boolean {
    return this.#held.length > 0 || this.#missing > 0;
  }

  /** @throws FrameError where a frame is too long */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    for (;;) {
      if (this.#missing > 0) {
        const payload = rest.subarray(0, this.#missing);
        if (payload.length === 0) break;
        frames.push({ type: this.#type, payload });
        this.#missing -= payload.length;
        rest = rest.subarray(payload.length);
      }
      if (rest.length < HEADER_BYTES) break;
      const type = rest[0]!;
      const length = rest.readUInt32BE(4);
      if (length > MAX_PAYLOAD) throw new FrameError(`a frame of ${length} bytes is too long`);
      if (isStream(type) && length > 0) {
        this.#type = type;
        this.#missing = length;
        rest = rest.subarray(HEADER_BYTES);
      } else if (rest.length < HEADER_BYTES + length) break;
      else {
        frames.push({ type, payload: rest.subarray(HEADER_BYTES, HEADER_BYTES + length) });
        rest = rest.subarray(HEADER_BYTES + length);
      }
    }
    this.#held = rest;
    return frames;
  }
}

/** @throws FrameError where it is none that goes this way */
export function readInput({ type, payload }: Frame): InputFrame {
  if (type === TYPES.stdin) return { type: "stdin", data: payload };
  if (type !== TYPES.size)
    throw new FrameError(`a frame of type ${type} doesn't go to the console`);
  const { width, height } = parse(payload) as Partial<Size>;
  if (!isCells(width) || !isCells(height)) throw new FrameError("no size of a terminal");
  return { type: "size", size: { width, height } };
}

/** @throws FrameError where it is none that goes this way */
export function readOutput({ type, payload }: Frame): OutputFrame {
  if (type === TYPES.stdout) return { type: "stdout", data: payload };
  if (type === TYPES.stderr) return { type: "stderr", data: payload };
  if (type === TYPES.exit) {
    const { exitCode } = parse(payload) as { exitCode?: unknown };
    if (!Number.isInteger(exitCode)) throw new FrameError("an exit without a code");
    return { type: "exit", exitCode: exitCode as number };
  }
  if (type !== TYPES.error)
    throw new FrameError(`a frame of type ${type} doesn't come from a console`);
  const { reason, message } = parse(payload) as { reason?: unknown; message?: unknown };
  return { type: "error", reason: String(reason), message: String(message) };
}

/** A width or a height of a terminal. */
export const isCells = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff;

function parse(payload: Buffer): object {
  try {
    const value: unknown = JSON.parse(payload.toString("utf8"));
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // as any other nonsense
  }
  throw new FrameError("a frame's payload isn't a JSON object");
}
