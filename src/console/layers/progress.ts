import type { Readable } from "node:stream";
import { printable } from "../../oci/index.ts";
import { boundedLines } from "../sessions/bounded-lines.ts";

/** What the console answers for one disk. */
export type UnpackResult =
  | { readonly result: "Done"; readonly usedBytes: number; readonly files: number }
  | { readonly result: "Failed"; readonly reason: string; readonly message: string };

/** A line of an agent's output, as the protocol has it; nobody has checked it. */
export interface Progress {
  readonly done?: unknown;
  readonly usedBytes?: unknown;
  readonly layers?: unknown;
  readonly error?: { readonly reason?: unknown; readonly message?: unknown } | null;
}

/** A line that is longer is none of ours: an image has 512 layers at most, each with two numbers and a digest. */
const MAX_LINE = 256 * 1024;
const MAX_MESSAGE = 1024;

/**
 * The last line of an agent's output that means anything. A guest that is out of its mind may write what it likes: this holds
 * one bounded line at most.
 * @param onOutput called whenever the agent writes something
 */
export async function lastProgress(output: Readable, onOutput: () => void): Promise<Progress> {
  let last: Progress = {};
  for await (const line of boundedLines(output, MAX_LINE, onOutput)) last = parseLine(line) ?? last;
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

/** What an agent's last line and exit status mean. */
export function verdict(
  { done, usedBytes, layers, error }: Progress,
  status: number,
): UnpackResult {
  if (status === 0 && done === true)
    return { result: "Done", usedBytes: count(usedBytes), files: count(filesOf(layers)) };
  return {
    result: "Failed",
    reason: pascalCase(error?.reason) ?? "UnpackFailed",
    message:
      (typeof error?.message === "string" && printable(error.message, MAX_MESSAGE)) ||
      `the worker's agent ended with status ${status} and didn't say why`,
  };
}

function filesOf(layers: unknown): number {
  let sum = 0;
  for (const layer of Array.isArray(layers) ? (layers as ({ files?: unknown } | null)[]) : [])
    sum += count(layer?.files);
  return sum;
}

const count = (value: unknown): number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0;

const pascalCase = (text: unknown): string | undefined =>
  typeof text === "string" && /^[A-Z][A-Za-z]{0,63}$/.test(text) ? text : undefined;
