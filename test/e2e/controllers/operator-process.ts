import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

const checkout = path.resolve(import.meta.dirname, "../../..");

/** `vic operator` as a process, to be killed. A killed one starts again, as in a cluster. */
export class OperatorProcess {
  readonly #kubeconfig: string;
  readonly #directory: string;
  #child: ChildProcess;
  #stopped = false;
  kills = 0;

  private constructor(kubeconfig: string, directory: string) {
    this.#kubeconfig = kubeconfig;
    this.#directory = directory;
    this.#child = this.#launch();
  }

  static async start(kubeconfig: string): Promise<OperatorProcess> {
    const directory = await mkdtemp(path.join(tmpdir(), "vic-operator-"));
    await writeFile(path.join(directory, "vic.iso"), "not an ISO: simulated guests don't boot");
    return new OperatorProcess(kubeconfig, directory);
  }

  #launch(): ChildProcess {
    const args = [
      "src/main.ts",
      "operator",
      "--kubeconfig",
      this.#kubeconfig,
      "--guest-iso",
      path.join(this.#directory, "vic.iso"),
    ];
    args.push(
      "--console-address",
      "10.118.0.1:2377",
      "--metrics-listen",
      "127.0.0.1:0",
      "--serial-address",
      "127.0.0.1:2378",
      "--gateway-address",
      "127.0.0.1",
      "--namespace",
      "default",
      "--lease-identity",
      "test",
    );
    const log = process.env["VIC_TEST_LOG"] ? "inherit" : "ignore";
    const child = spawn(process.execPath, args, {
      cwd: checkout,
      stdio: ["ignore", log, "inherit"],
    });
    child.once("exit", () => {
      if (!this.#stopped) this.#child = this.#launch();
    });
    return child;
  }

  /** SIGKILL. The next one is there at once. */
  async kill(): Promise<void> {
    this.kills++;
    const child = this.#child;
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#child.kill("SIGTERM");
    if (this.#child.exitCode === null && this.#child.signalCode === null)
      await once(this.#child, "exit");
    await rm(this.#directory, { recursive: true, force: true });
  }
}
