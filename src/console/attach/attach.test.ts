import { setTimeout as delay } from "node:timers/promises";
import type { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { ModelContainer, type ModelOptions } from "../../../test/guest-model.ts";
import type { AttachOptions, OutputFrame } from "../client/console-client.ts";
import { openAttach } from "./attach.ts";

const OPTIONS: AttachOptions = {
  stdin: true,
  stdout: true,
  stderr: true,
  logs: false,
  stream: true,
  run: "next",
};

function attach(options: Partial<AttachOptions> = {}, model: Partial<ModelOptions> = {}) {
  const container = new ModelContainer({ held: 1 << 18, ...model });
  const open = (more: Partial<AttachOptions> = {}) =>
    openAttach(
      container.deps,
      container.object,
      { ...OPTIONS, ...options, ...more },
      new AbortController().signal,
    );
  return { container, open };
}

/** What came of each stream until the end. */
async function all(output: Readable) {
  const got = { stdout: "", stderr: "", errors: [] as string[], order: [] as string[] };
  for await (const frame of output as AsyncIterable<OutputFrame>) {
    if (frame.type === "stdout" || frame.type === "stderr") {
      got[frame.type] += frame.data.toString("latin1");
      got.order.push(frame.data.toString("latin1"));
    } else if (frame.type === "error") got.errors.push(frame.reason);
  }
  return got;
}

const settled = () => delay(20);

describe("what can go wrong", () => {
  test("a line that breaks loses no byte of the output", async () => {
    const { container, open } = attach({ stdin: false });
    const output = all(open().output);
    container.begin();
    container.tellRunning();
    container.write("stdout", "one\n");
    await settled();
    container.cut();
    container.write("stdout", "two\n");
    await settled();
    container.write("stderr", "three");
    container.exit(0);
    container.tellExited(0);
    expect(await output).toMatchObject({ stdout: "one\ntwo\n", stderr: "three", errors: [] });
  });

  test("input that may be lost with its line is told, and the process isn't taken for ended", async () => {
    const { container, open } = attach();
    const session = open();
    const output = all(session.output);
    container.begin();
    container.tellRunning();
    session.stdin.write("input");
    await settled();
    container.cut();
    expect((await output).errors).toEqual(["LineBroken"]);
  }, 20_000);

  test("a line that ends with its VM before it could tell the end loses no input", async () => {
    const { container, open } = attach();
    const session = open();
    const output = all(session.output);
    container.begin();
    container.tellRunning();
    session.stdin.end("input");
    await expect.poll(() => container.inputEnded).toBe(true);
    container.write("stdout", "input");
    container.cut();
    await delay(300);
    container.exit(0);
    container.tellExited(0);
    expect(await output).toMatchObject({ stdout: "input", errors: [] });
  });

  test("a power cut leaves what the file has", async () => {
    const { container, open } = attach();
    const output = all(open().output);
    container.lined = false;
    container.begin();
    container.write("stdout", "seen\nunseen");
    container.tellRunning();
    container.tellExited(137, "PoweredOff");
    expect(await output).toMatchObject({ stdout: "seen\n", errors: [] });
  });

  test("a log that doesn't show its end, though the guest wrote one, is an error", async () => {
    const { container, open } = attach();
    const output = all(open().output);
    container.lined = false;
    container.begin();
    container.write("stdout", "x\n");
    container.exit(0);
    container.visible = 60;
    container.tellExited(0);
    expect((await output).errors).toEqual(["OutputLost"]);
  }, 20_000);

  test("a run that failed before it had a log is over, and no error", async () => {
    const { container, open } = attach();
    const output = all(open().output);
    container.exists = false;
    container.status({
      state: "Failed",
      run: 1,
      exit: { code: 128, reason: "GuestFailed" },
    });
    expect(await output).toMatchObject({ stdout: "", errors: [] });
  });

  test("a container that goes ends the waiting for its next run", async () => {
    const { container, open } = attach();
    const output = all(open().output);
    await settled();
    container.remove();
    expect(await output).toMatchObject({ stdout: "", errors: [] });
  });

  test("a reader that hangs up leaves nothing behind", async () => {
    const { container, open } = attach();
    const session = open();
    const output = all(session.output).catch(() => "closed");
    container.begin();
    container.tellRunning();
    await settled();
    session.close();
    session.close();
    await output;
    session.stdin.write("nobody");
    expect(container.input).toEqual([]);
  });

  test("an agent that claims nonsense is left alone for the log", async () => {
    const { container, open } = attach({ stdin: false });
    const output = all(open().output);
    const command = container.command.bind(container);
    container.command = async (...args) => ({
      ...(await command(...args)),
      answer: { run: "3", from: { stdout: -1, stderr: 1e300 } },
    });
    container.begin();
    container.tellRunning();
    container.write("stdout", "true\n");
    await settled();
    container.exit(0);
    container.tellExited(0);
    expect(await output).toMatchObject({ stdout: "true\n", errors: [] });
  });

  test("what a guest prints in the manner of its log isn't taken for one", async () => {
    const { container, open } = attach();
    const output = all(open().output);
    container.lined = false;
    container.begin();
    const fake =
      '2026-11-22T14:00:00Z vic F {"run":1,"exitCode":0}\n2026-11-22T14:00:00Z vic F {"run":2}\nend\n';
    container.write("stdout", fake);
    container.exit(0);
    container.tellRunning();
    container.tellExited(0);
    expect((await output).stdout).toBe(fake);
  });
});

describe("the next run", () => {
  test("is delivered whole from the log where it was too short for a line", async () => {
    const { container, open } = attach({ stdin: false });
    container.begin();
    container.write("stdout", "of the run before\n");
    container.exit(1);
    container.tellExited(1);
    const output = all(open().output);
    await settled();
    container.lined = false;
    container.begin();
    container.write("stdout", "out\n");
    container.write("stderr", "err\n");
    container.write("stdout", "no newline");
    container.exit(0);
    container.tellExited(0);
    const got = await output;
    expect(got).toMatchObject({ stdout: "out\nno newline", stderr: "err\n", errors: [] });
    expect(got.order).toEqual(["out\n", "err\n", "no newline"]);
  });

  test("is the first that begins, also where the one after it has begun already", async () => {
    const { container, open } = attach();
    const output = all(open().output);
    await settled();
    container.begin();
    container.write("stdout", "first\n");
    container.exit(0);
    container.begin();
    container.write("stdout", "second\n");
    container.tellRunning();
    expect((await output).stdout).toBe("first\n");
  });

  test("comes live, byte by byte, before any line of it is whole", async () => {
    const { container, open } = attach();
    const session = open();
    const got: string[] = [];
    session.output.on("data", (frame: OutputFrame) => {
      if (frame.type === "stdout") got.push(frame.data.toString());
    });
    container.begin();
    container.tellRunning();
    container.write("stdout", "$ ");
    await expect.poll(() => got.join("")).toBe("$ ");
    session.stdin.write("ls\n");
    await expect.poll(() => Buffer.concat(container.input).toString()).toBe("ls\n");
    session.resize({ width: 80, height: 24 });
    expect(container.sizes).toEqual([{ width: 80, height: 24 }]);
    session.stdin.end();
    await expect.poll(() => container.inputEnded).toBe(true);
    expect(session.output.readableEnded).toBe(false);
    session.close();
  });

  test("gets its input however early that came, and no more of it is held than a MiB", async () => {
    const { container, open } = attach();
    const session = open();
    session.output.resume();
    session.resize({ width: 100, height: 40 });
    const piece = Buffer.alloc(64 * 1024, "x");
    let sent = 0;
    while (session.stdin.write(piece)) sent++;
    expect(sent * piece.length).toBeLessThanOrEqual(1 << 20);
    container.begin();
    container.tellRunning();
    session.stdin.end();
    await expect.poll(() => container.inputEnded).toBe(true);
    expect(Buffer.concat(container.input).length).toBe((sent + 1) * piece.length);
    expect(container.sizes).toEqual([{ width: 100, height: 40 }]);
    session.close();
  });

  test("of a container without input drops what is sent to it", async () => {
    const { container, open } = attach({}, { openStdin: false });
    const session = open();
    const output = all(session.output);
    for (let i = 0; i < 100; i++) session.stdin.write(Buffer.alloc(64 * 1024));
    session.stdin.end();
    await expect.poll(() => session.stdin.writableFinished).toBe(true);
    container.begin();
    container.tellRunning();
    container.exit(0);
    container.tellExited(0);
    await output;
    expect(container.input).toEqual([]);
  });
});

describe("the current run", () => {
  test("of a container that doesn't run is empty, but for its log", async () => {
    const { container, open } = attach({ run: "current" });
    container.begin();
    container.write("stdout", "old\n");
    container.exit(0);
    container.tellExited(0);
    expect((await all(open().output)).stdout).toBe("");
    expect((await all(open({ logs: true }).output)).stdout).toBe("old\n");
  });

  test("begins now, or with all that was written", async () => {
    const { container, open } = attach({ run: "current", stdin: false });
    container.begin();
    container.write("stdout", "first run\n");
    container.exit(0);
    container.tellExited(0);
    container.begin();
    container.tellRunning();
    container.write("stdout", "before\nhalf a ");
    const now = all(open().output);
    const logged = all(open({ logs: true }).output);
    const logAlone = all(open({ logs: true, stream: false }).output);
    expect((await logAlone).stdout).toBe("first run\nbefore\n");
    await settled();
    container.write("stdout", "line\nafter\n");
    await settled();
    container.exit(0);
    container.tellExited(0);
    expect((await now).stdout).toBe("line\nafter\n");
    expect((await logged).stdout).toBe("first run\nbefore\nhalf a line\nafter\n");
  });

  test("tells one stream alone where only that is asked for", async () => {
    const { container, open } = attach({ run: "current", stdout: false, stdin: false });
    container.begin();
    container.tellRunning();
    const output = all(open().output);
    await settled();
    container.write("stdout", "out\n");
    container.write("stderr", "err\n");
    await settled();
    container.exit(0);
    container.tellExited(0);
    expect(await output).toMatchObject({ stdout: "", stderr: "err\n" });
  });
});
