import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { Writable } from "node:stream";
import type { DockerCommand } from "../../oracle/command.ts";
import { untilSeen } from "../until-seen.ts";

const program = path.join(import.meta.dirname, "terminal.py");

/** A docker command on a terminal, with somebody who types and reads. */
export class Terminal {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  #shown = "";
  /** How much of what was shown has been seen. */
  #seen = 0;

  constructor(docker: DockerCommand, args: readonly string[], rows = 24, columns = 80) {
    this.#child = spawn(
      "python3",
      [program, String(rows), String(columns), docker.program, ...args],
      { env: docker.environment, stdio: ["pipe", "pipe", "inherit", "pipe"] },
    );
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#shown += text;
    });
    for (const stream of this.#child.stdio) stream?.on("error", () => undefined);
    this.#ended = once(this.#child, "close").then(([code]) => Number(code ?? -1));
  }

  /** All that the terminal has shown. */
  get shown(): string {
    return this.#shown;
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  resize(rows: number, columns: number): void {
    (this.#child.stdio[3] as Writable).write(`${rows} ${columns}\n`);
  }

  /** Waits until the terminal shows something that it hasn't shown before. */
  async shows(what: string | RegExp): Promise<void> {
    const found = (): number => {
      const rest = this.#shown.slice(this.#seen);
      if (typeof what === "string")
        return rest.includes(what) ? rest.indexOf(what) + what.length : -1;
      const match = what.exec(rest);
      return match ? match.index + match[0].length : -1;
    };
    await untilSeen(
      `${String(what)} on the terminal`,
      () => Promise.resolve({ shown: this.#shown, at: found() }),
      ({ at }) => at >= 0,
    );
    this.#seen += found();
  }

  /** Exit status of the command, once it has ended. */
  ends(): Promise<number> {
    return this.#ended;
  }

  /** Ends it, whatever it does. */
  async kill(): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill("SIGKILL");
    await this.#ended;
  }
}
