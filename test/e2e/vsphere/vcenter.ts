import { type ChildProcess, spawn } from "node:child_process";
import type { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
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
  readonly #ports: Ports;
  readonly #certificate: X509Certificate;
  #child: ChildProcess;

  private constructor(dir: string, profile: string, { child, ports, certificate }: Launched) {
    this.#dir = dir;
    this.#profile = profile;
    this.#ports = ports;
    this.#child = child;
    this.#certificate = certificate;
  }

  /** @param profile shape of vSphere */
  static async start(profile = "default"): Promise<TestVcenter> {
    const dir = await mkdtemp(path.join(tmpdir(), "vic-vcenter-"));
    try {
      return new TestVcenter(dir, profile, await launch(dir, profile));
    } catch (error) {
      await rm(dir, { recursive: true, force: true });
      throw error;
    }
  }

  /** How to log in. */
  get login(): ConnectOptions & { thumbprint: string } {
    const url = `https://127.0.0.1:${this.#ports.vcenter}`;
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

  get #control(): string {
    return `http://127.0.0.1:${this.#ports["vcenter-control"]}`;
  }

  async #order(method: string, target: string, body?: object): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.#control}${target}`, {
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
    return (await fetch(`${this.#control}/tree`)).text();
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
    this.#child = (await launch(this.#dir, this.#profile)).child;
  }

  /** The same without a farewell: what the model did last may be forgotten. */
  async kill(): Promise<void> {
    await end(this.#child, "SIGKILL");
    this.#child = (await launch(this.#dir, this.#profile)).child;
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

/** What the process chose when it was first started in its directory. */
interface Ports {
  readonly vcenter: number;
  readonly "vcenter-control": number;
}

interface Launched {
  readonly child: ChildProcess;
  readonly ports: Ports;
  readonly certificate: X509Certificate;
}

/** Starts the process; it serves when this returns, and ends with this one. */
async function launch(dir: string, profile: string): Promise<Launched> {
  const lab = await ensureLabBinary();
  // Guests that are simulated reach no console, whatever its port.
  const guests = ["--guests", "simulated", "--console-port", "1"];
  const args = ["vcenter", "--dir", dir, "--profile", profile, ...guests];
  const child = spawn(lab, args, { stdio: ["ignore", "ignore", "inherit"] });
  const orphan = (): void => void child.kill("SIGKILL");
  process.once("exit", orphan);
  child.once("exit", () => process.removeListener("exit", orphan));
  while (child.exitCode === null && child.signalCode === null) {
    const ports = await portsIn(dir);
    const certificate = ports && (await certificateAt(ports.vcenter));
    if (certificate) return { child, ports, certificate };
    await delay(50);
  }
  throw new Error("the lab's vCenter ended before it served; its error is on stderr");
}

const portsIn = async (dir: string): Promise<Ports | undefined> => {
  try {
    return JSON.parse(await readFile(path.join(dir, "ports.json"), "utf8")) as Ports;
  } catch {
    // It isn't there yet, or not yet all of it.
    return undefined;
  }
};

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
