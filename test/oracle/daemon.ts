import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { InheritedPort } from "./inherited-port.ts";
import { ensureSoftware } from "./software.ts";
import { openTunnel, type Tunnel } from "./tunnel.ts";

const run = promisify(execFile);

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;

const tlsFlags = ({ ca, cert, key }: DaemonTls): string[] => [
  "--tlsverify",
  `--tlscacert=${ca}`,
  `--tlscert=${cert}`,
  `--tlskey=${key}`,
];

/** A dockerd can only be had as root. */
export const canRunDaemon = (): boolean => process.getuid?.() === 0;

/** PEM files by which dockerd proves itself, and knows its clients. */
export interface DaemonTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/**
 * A real dockerd to compare the gateway with, in a network namespace of its own: nothing of this machine's network is
 * touched. Images of docker.io come from the registry that it is given.
 */
export class Daemon {
  readonly #dir: string;
  readonly #namespace: string;
  readonly #children: readonly ChildProcess[];
  readonly #tunnel: Tunnel;
  /** For DOCKER_HOST, over mutual TLS; undefined where none was asked for. */
  readonly tlsHost: string | undefined;

  private constructor(
    dir: string,
    namespace: string,
    children: readonly ChildProcess[],
    tunnel: Tunnel,
    tlsHost: string | undefined,
  ) {
    this.#dir = dir;
    this.tlsHost = tlsHost;
    this.#namespace = namespace;
    this.#children = children;
    this.#tunnel = tunnel;
  }

  /**
   * `registry` is 127.0.0.1:port of HTTP on this machine; the daemon finds it by the same name. With `tls` it also serves a
   * port of this machine.
   */
  static async start(registry: string, tls?: DaemonTls): Promise<Daemon> {
    const { bin } = await ensureSoftware();
    const dir = await mkdtemp(path.join(tmpdir(), "vic-oracle-"));
    const namespace = path.basename(dir);
    const [host = "", port = ""] = registry.split(":");
    const images = path.join(dir, "registry.sock");
    const tunnel = await openTunnel({ path: images }, { host, port: Number(port) });
    const children: ChildProcess[] = [];
    const inherited = tls && (await InheritedPort.open());
    const tlsHost = inherited && `tcp://127.0.0.1:${inherited.port}`;
    const daemon = new Daemon(dir, namespace, children, tunnel, tlsHost);
    try {
      await run("ip", ["netns", "add", namespace]);
      // Not `ip netns exec`, which remounts /sys and hides the control groups.
      const inside = ["--net=/var/run/netns/" + namespace];
      await run("nsenter", [...inside, "ip", "link", "set", "lo", "up"]);
      const log = await open(path.join(dir, "log"), "a");
      const begin = (program: string, ...args: string[]): void => {
        // Only the process itself can tell the number by which it knows that the port is for it.
        const words = ["-c", 'export LISTEN_PID=$$; exec nsenter "$@"', "sh", ...inside];
        const child = spawn("sh", [...words, program, ...args], {
          stdio: ["pipe", log.fd, log.fd, inherited?.descriptor ?? "ignore"],
          env: {
            ...process.env,
            PATH: `${bin}:${process.env["PATH"]}`,
            DOCKER_MIN_API_VERSION: "1.24",
            ...(inherited && { LISTEN_FDS: "1" }),
          },
        });
        children.push(child);
      };
      const tunnelMain = path.join(import.meta.dirname, "tunnel-main.ts");
      begin(process.execPath, tunnelMain, port, images);
      begin(
        path.join(bin, "dockerd"),
        `--data-root=${path.join(dir, "data")}`,
        `--exec-root=${path.join(dir, "exec")}`,
        `--pidfile=${path.join(dir, "pid")}`,
        `--host=${daemon.host}`,
        "--storage-driver=vfs",
        `--registry-mirror=http://127.0.0.1:${port}`,
        ...(tls ? ["--host=fd://", ...tlsFlags(tls)] : []),
      );
      await inherited?.handOver();
      await log.close();
      await daemon.#ready();
      return daemon;
    } catch (error) {
      await daemon.stop();
      throw error;
    }
  }

  /** For DOCKER_HOST. */
  get host(): string {
    return `unix://${this.socket}`;
  }

  get socket(): string {
    return path.join(this.#dir, "docker.sock");
  }

  async #ready(): Promise<void> {
    const answers = (): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = connect(this.socket, () => socket.end("GET /_ping HTTP/1.0\r\n\r\n"));
        socket.once("data", () => resolve(true)).once("error", () => resolve(false));
      });
    for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await sleep(100)) {
      // oxlint-disable no-await-in-loop -- asked again and again
      if (await answers()) return;
      if (this.#children.some(({ exitCode }) => exitCode !== null)) break;
    }
    const log = await readFile(path.join(this.#dir, "log"), "utf8").catch(() => "");
    throw new Error(`dockerd doesn't serve:\n${log.slice(-2000)}`);
  }

  /** Ends it with all its containers, and removes what it has kept. */
  async stop(): Promise<void> {
    await Promise.all(
      this.#children.toReversed().map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
        await ended;
        clearTimeout(timer);
      }),
    );
    await this.#tunnel.stop();
    await run("ip", ["netns", "delete", this.#namespace]).catch(() => undefined);
    // What a killed daemon has left mounted.
    const mounts = (await readFile("/proc/self/mounts", "utf8"))
      .split("\n")
      .map((line) => line.split(" ")[1] ?? "")
      .filter((target) => target.startsWith(`${this.#dir}/`));
    await Promise.all(mounts.map((target) => run("umount", ["-l", target]).catch(() => undefined)));
    await rm(this.#dir, { recursive: true, force: true });
  }
}
