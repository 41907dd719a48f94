import { type ChildProcess, spawn } from "node:child_process";
import type { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { ensureLabBinary } from "../../../scripts/lab/binary.ts";
import { connect, type ConnectOptions, type VSphere } from "../../../src/vsphere/index.ts";

/** Names in the inventory of a new lab vCenter. */
export const names = {
  cluster: "Compute-1",
  datastore: "ssd-1",
  network: "VM Network",
  switch: "DVS-East",
} as const;

/** Every lab's login. */
const username = "administrator@vsphere.local";
const password = "lab-password";

/** The lab's vCenter of one test file's own, with guests that cost nothing. */
export class TestVcenter {
  readonly names = names;
  readonly #dir: string;
  readonly #profile: string;
  readonly #port: number;
  readonly #controlPort: number;
  readonly #certificate: X509Certificate;
  #child: ChildProcess;

  private constructor(
    dir: string,
    profile: string,
    ports: [number, number],
    child: ChildProcess,
    certificate: X509Certificate,
  ) {
    this.#dir = dir;
    this.#profile = profile;
    [this.#port, this.#controlPort] = ports;
    this.#child = child;
    this.#certificate = certificate;
  }

  /** @param profile shape of vSphere */
  static async start(profile = "default"): Promise<TestVcenter> {
    const dir = await mkdtemp(path.join(tmpdir(), "vic-vcenter-"));
    const ports: [number, number] = [await freePort(), await freePort()];
    try {
      const [child, certificate] = await launch(dir, profile, ports);
      return new TestVcenter(dir, profile, ports, child, certificate);
    } catch (error) {
      await rm(dir, { recursive: true, force: true });
      throw error;
    }
  }

  /** How to log in. */
  get login(): ConnectOptions & { thumbprint: string } {
    const url = `https://127.0.0.1:${this.#port}`;
    return { url, username, password, thumbprint: this.#certificate.fingerprint256 };
  }

  get sha1Thumbprint(): string {
    return this.#certificate.fingerprint;
  }

  /** The certificate as its own authority, PEM. */
  get ca(): string {
    return this.#certificate.toString();
  }

  /** A second client. */
  otherLogin(): Promise<VSphere> {
    return connect(this.login);
  }

  async #order(method: string, target: string, body?: object): Promise<Record<string, unknown>> {
    const response = await fetch(`http://127.0.0.1:${this.#controlPort}${target}`, {
      method,
      ...(body
        ? { body: JSON.stringify(body), headers: { "content-type": "application/json" } }
        : {}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${target}: ${response.status} ${text}`);
    return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  }

  /** The inventory, for people. */
  async tree(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.#controlPort}/tree`)).text();
  }

  /** Where a datastore's files are on this machine. */
  datastore(name: string): string {
    return path.join(this.#dir, "vcenter/datastores", name);
  }

  /** Calls by method since {@link resetCalls}. */
  async calls(): Promise<Record<string, number>> {
    return (await this.#order("GET", "/calls"))["calls"] as Record<string, number>;
  }

  async resetCalls(): Promise<void> {
    await this.#order("POST", "/calls/reset");
  }

  async fault(rule: {
    method: string;
    fault: string;
    count?: number;
    inTask?: boolean;
  }): Promise<void> {
    await this.#order("POST", "/faults", rule);
  }

  async delay(method: string, delayMs: number): Promise<void> {
    await this.#order("POST", "/delays", { method, delayMs });
  }

  async clearFaults(): Promise<void> {
    await this.#order("DELETE", "/faults");
  }

  /** Puts assumptions the other way round, or back again. */
  async assume(assumptions: Readonly<Record<string, boolean | number>>): Promise<void> {
    await this.#order("POST", "/assume", assumptions);
  }

  /** Ends all sessions; says how many there were. */
  async terminateSessions(): Promise<number> {
    return (await this.#order("POST", "/sessions/terminate", {}))["terminated"] as number;
  }

  /** Restarts vCenter's service: connections, sessions, collectors and tasks are gone. */
  async restart(downMs = 500): Promise<void> {
    await this.#order("POST", "/vcenter/restart", { downMs });
  }

  /** Ends the process and starts another on the same data and address. */
  async replace(): Promise<void> {
    await end(this.#child, "SIGTERM");
    [this.#child] = await launch(this.#dir, this.#profile, [this.#port, this.#controlPort]);
  }

  /** The same without a farewell: what the model did last may be forgotten. */
  async kill(): Promise<void> {
    await end(this.#child, "SIGKILL");
    [this.#child] = await launch(this.#dir, this.#profile, [this.#port, this.#controlPort]);
  }

  /** Connections stay, and nothing is answered. */
  hang(): void {
    this.#child.kill("SIGSTOP");
  }

  goOn(): void {
    this.#child.kill("SIGCONT");
  }

  async stop(): Promise<void> {
    await end(this.#child, "SIGTERM");
    await rm(this.#dir, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Starts the process; it serves when this returns, and ends with this one. */
async function launch(
  dir: string,
  profile: string,
  [port, controlPort]: [number, number],
): Promise<[ChildProcess, X509Certificate]> {
  const lab = await ensureLabBinary();
  // Guests that are simulated reach no console, whatever its port.
  const ports = ["--port", port, "--control-port", controlPort, "--console-port", 1].map(String);
  const args = ["vcenter", "--dir", dir, "--guests", "simulated", "--profile", profile, ...ports];
  const child = spawn(lab, args, { stdio: ["ignore", "ignore", "inherit"] });
  const orphan = (): void => void child.kill("SIGKILL");
  process.once("exit", orphan);
  child.once("exit", () => process.removeListener("exit", orphan));
  while (child.exitCode === null && child.signalCode === null) {
    const certificate = await certificateAt(port);
    if (certificate) return [child, certificate];
    await delay(50);
  }
  throw new Error("the lab's vCenter ended before it served; its error is on stderr");
}

async function certificateAt(port: number): Promise<X509Certificate | undefined> {
  const socket = connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false });
  try {
    await once(socket, "secureConnect");
    return socket.getPeerX509Certificate();
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}
