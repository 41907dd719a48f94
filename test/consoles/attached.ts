// A container of the model, and attaches to it: what comes of each stream.
import { setTimeout as delay } from "node:timers/promises";
import type { Readable } from "node:stream";
import { openAttach } from "../../src/console/attach/attach.ts";
import type { AttachOptions, OutputFrame } from "../../src/console/client/console-client.ts";
import { ModelContainer, type ModelOptions } from "./guest-model.ts";

/** Everything of the next run. */
export const ATTACH_OPTIONS: AttachOptions = {
  stdin: true,
  stdout: true,
  stderr: true,
  logs: false,
  stream: true,
  run: "next",
};

/** A container, and attaches to it. */
export function attach(options: Partial<AttachOptions> = {}, model: Partial<ModelOptions> = {}) {
  const container = new ModelContainer({ held: 1 << 18, ...model });
  const open = (more: Partial<AttachOptions> = {}) =>
    openAttach(
      container.deps,
      container.object,
      { ...ATTACH_OPTIONS, ...options, ...more },
      new AbortController().signal,
    );
  return { container, open };
}

/** What came of each stream until the end. */
export async function all(output: Readable) {
  const got = { stdout: "", stderr: "", errors: [] as string[], order: [] as string[] };
  for await (const frame of output as AsyncIterable<OutputFrame>) {
    if (frame.type === "stdout" || frame.type === "stderr") {
      got[frame.type] += frame.data.toString("latin1");
      got.order.push(frame.data.toString("latin1"));
    } else if (frame.type === "error") got.errors.push(frame.reason);
  }
  return got;
}

/** Until what was said has come where it goes. */
export const settled = () => delay(20);
