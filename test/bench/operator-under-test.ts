import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, closeSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseMetrics, type Sample, sumOf } from "./prometheus.ts";

const checkout = path.resolve(import.meta.dirname, "../..");

/** `vic operator`, a process as the image runs it, to be looked at and killed. */
export class OperatorUnderTest {
  readonly #kubeconfig: string;
  readonly #dir: string;
  readonly #port: number;
  #child: ChildProcess;

  private constructor(kubeconfig: string, dir: string, port: number) {
    this.#kubeconfig = kubeconfig;
    this.#dir = dir;
    this.#port = port;
    this.#child = this.#launch();
  }

  /** @param kubeconfig with the rights of the operator's role */
  static async start(kubeconfig: string): Promise<OperatorUnderTest> {
    const dir = await mkdtemp(path.join(tmpdir(), "vic-bench-operator-"));
    await writeFile(path.join(dir, "vic.iso"), "not an ISO: simulated guests don't boot");
    return new OperatorUnderTest(kubeconfig, dir, await freePort());
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The end of what it wrote, over all its lives. */
  async lastWords(): Promise<string> {
    return (await readFile(this.#log, "utf8").catch(() => "")).slice(-2000);
  }

  get #log(): string {
    return path.join(this.#dir, "log");
  }

  #launch(): ChildProcess {
    const log = openSync(this.#log, "a");
    const child = spawn(
      process.execPath,
      [
        // As the Dockerfile and the lab start it.
        "--max-semi-space-size=4",
        "src/main.ts",
        "operator",
        `--guest-iso=${path.join(this.#dir, "vic.iso")}`,
        "--console-address=10.118.0.1:2377",
        `--metrics-listen=127.0.0.1:${this.#port}`,
        "--serial-address=127.0.0.1:2378",
        "--gateway-address=127.0.0.1",
        "--namespace=vic-system",
        "--lease-identity=bench",
      ],
      {
        cwd: checkout,
        env: {
          ...process.env,
          KUBECONFIG: this.#kubeconfig,
          NODE_COMPILE_CACHE: path.join(checkout, ".lab/cache/node"),
          MALLOC_ARENA_MAX: "2",
        },
        stdio: ["ignore", log, log],
      },
    );
    closeSync(log);
    return child;
  }

  /** Its metrics; undefined while it doesn't answer. */
  async metrics(): Promise<Sample[] | undefined> {
    const text = await this.#get("metrics");
    return text === undefined ? undefined : parseMetrics(text);
  }

  /** Whether it says that it is ready. */
  async ready(): Promise<boolean> {
    return (await this.#get("readyz")) !== undefined;
  }

  async #get(what: string): Promise<string | undefined> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.#port}/${what}`);
      const text = await response.text();
      return response.ok ? text : undefined;
    } catch {
      return undefined;
    }
  }

  /** SIGKILL, and another one at once. */
  async restart(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended();
    this.#child = this.#launch();
  }

  /** Stops it in order; {@link begin} starts another one. */
  async end(): Promise<void> {
    this.#child.kill("SIGTERM");
    const killing = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    await this.#ended();
    clearTimeout(killing);
  }

  /** Starts another one, and waits until it leads and has looked at its containers. */
  async begin(): Promise<void> {
    this.#child = this.#launch();
    while (!(await this.#hasLooked())) {
      if (this.#child.exitCode !== null) throw new Error(await this.lastWords());
      await sleep(50);
    }
  }

  async #hasLooked(): Promise<boolean> {
    const labels = { controller: "containervm", result: "success" };
    const samples = await this.metrics();
    if (samples === undefined) return false;
    const busy = sumOf(samples, "workqueue_depth");
    return sumOf(samples, "controller_runtime_reconcile_total", labels) > 0 && busy === 0;
  }

  async stop(): Promise<void> {
    await this.end();
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #ended(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null)
      await once(this.#child, "exit");
  }
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
