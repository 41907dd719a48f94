import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const MAX_OUTPUT = 64 << 20;

/** e2fsprogs stand in a directory that isn't in everybody's PATH. */
const env = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` };

/** An ext4 file system in a file, read with e2fsprogs' debugfs: no mount, no code of ours. */
export class Debugfs {
  readonly #device: string;
  readonly #directory: string;

  /** `directory` is for temporary files. */
  constructor(device: string, directory: string) {
    this.#device = device;
    this.#directory = directory;
  }

  /** Refuses a file system that e2fsck finds anything wrong with. */
  async check(): Promise<void> {
    await run("e2fsck", ["-f", "-n", this.#device], { env });
  }

  /** Answers to commands, in order. */
  async ask(commands: readonly string[]): Promise<string[]> {
    if (commands.length === 0) return [];
    const script = path.join(this.#directory, "commands");
    await writeFile(script, commands.map((command) => `${command}\n`).join(""));
    const { stdout } = await run("debugfs", ["-f", script, this.#device], {
      env,
      maxBuffer: MAX_OUTPUT,
    });
    // Each command is repeated before its answer.
    const starts: number[] = [];
    let at = 0;
    for (const command of commands) {
      const found = stdout.indexOf(`debugfs: ${command}\n`, at);
      if (found < 0) throw new Error(`debugfs doesn't answer ${command}:\n${stdout.slice(at)}`);
      starts.push(found);
      at = found + command.length;
    }
    return starts.map((start, index) =>
      stdout.slice(start + `debugfs: ${commands[index]}\n`.length, starts[index + 1]),
    );
  }
}
