import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { all, attach, settled } from "../../../test/consoles/attached.ts";

describe("what can go wrong with an attach", () => {
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
  });

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
  });

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
