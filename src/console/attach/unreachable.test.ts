import { setTimeout as delay } from "node:timers/promises";
import type { Readable } from "node:stream";
import { describe, expect, test, vi } from "vitest";
import { ATTACH_OPTIONS } from "../../../test/consoles/attached.ts";
import { ModelContainer } from "../../../test/consoles/guest-model.ts";
import type { AttachOptions, OutputFrame } from "../client/console-client.ts";
import { openAttach } from "./attach.ts";

vi.mock("../live/patience.ts", async (original) => ({
  ...(await original<object>()),
  LOOK_MS: 20,
  UNLINED_MS: 200,
}));

const attached = (container: ModelContainer, options: Partial<AttachOptions> = {}): Readable =>
  openAttach(
    container.deps,
    container.object,
    { ...ATTACH_OPTIONS, ...options },
    new AbortController().signal,
  ).output;

async function said(output: Readable): Promise<string> {
  let got = "";
  for await (const frame of output as AsyncIterable<OutputFrame>) {
    if (frame.type === "error") got += `[${frame.reason}: ${frame.message}]`;
    else if (frame.type !== "exit") got += frame.data.toString();
  }
  return got;
}

describe("an attach to a running container", () => {
  test("to which no host has dialled ends for who types, and says what to do", async () => {
    const container = new ModelContainer({ held: 1 << 18 });
    container.lined = false;
    const output = said(attached(container));
    container.begin();
    container.tellRunning();
    container.write("stdout", "from the log\n");
    expect(await output).toMatch(
      /^from the log\n\[NoLine: No line to container c{12}: its ESXi host hasn't dialled .* restart the container/,
    );
  });

  test("to which no host has dialled goes on from its log for who only looks", async () => {
    const container = new ModelContainer({ held: 1 << 18 });
    container.lined = false;
    const output = said(attached(container, { stdin: false }));
    container.begin();
    container.tellRunning();
    await delay(400);
    container.write("stdout", "late\n");
    container.exit(0);
    container.tellExited(0);
    expect(await output).toBe("late\n");
  });

  test("whose log can't be read as long as it runs loses nothing, though its line breaks", async () => {
    const container = new ModelContainer({ held: 1 << 18 });
    container.readable = false;
    const output = said(attached(container, { stdin: false }));
    container.begin();
    container.tellRunning();
    container.write("stdout", "one\n");
    await delay(50);
    container.cut();
    container.write("stdout", "two\n");
    await delay(300);
    container.lined = false;
    container.cut();
    container.write("stdout", "three\n");
    await delay(100);
    container.exit(0);
    container.readable = true;
    container.tellExited(0);
    expect(await output).toBe("one\ntwo\nthree\n");
  });

  test("whose log can't be read afterwards either says so", async () => {
    const container = new ModelContainer({ held: 1 << 18 });
    container.readable = false;
    container.lined = false;
    const output = said(attached(container, { stdin: false }));
    container.begin();
    container.tellRunning();
    await delay(50);
    container.exit(0);
    container.tellExited(0);
    expect(await output).toBe("[LogUnavailable: locked]");
  });
});
