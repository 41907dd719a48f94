import { describe, expect, test } from "vitest";
import { all, attach, settled } from "../../../test/consoles/attached.ts";
import type { OutputFrame } from "../client/console-client.ts";

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
