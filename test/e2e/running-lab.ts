import { readFile } from "node:fs/promises";
import path from "node:path";
import { untilSeen } from "./until-seen.ts";

/** Calls of vSphere's methods since the last reset. */
type Calls = Readonly<Record<string, number>>;

/** A VM as the vCenter knows it; `pid` is its QEMU's, where it boots. */
export interface LabVm {
  readonly name: string;
  readonly moref: string;
  readonly power: string;
  readonly pid?: number;
  readonly guest: {
    readonly toolsRunning?: boolean;
    readonly hostName?: string;
    readonly ipAddress?: string;
  };
}

/** What every lab that runs offers, whatever parts it has: its environment, its control API, its files. */
export class RunningLab {
  readonly root: string;
  /** What `.lab/env` exports. */
  readonly environment: Readonly<Record<string, string>>;

  protected constructor(root: string, environment: Readonly<Record<string, string>>) {
    this.root = root;
    this.environment = environment;
  }

  /** The environment of the lab in a directory. */
  protected static async environmentOf(root: string): Promise<Record<string, string>> {
    const text = await readFile(path.join(root, ".lab/env"), "utf8");
    return Object.fromEntries(
      [...text.matchAll(/^export (\w+)='(.*)'$/gm)].map(
        ([, name = "", value = ""]) => [name, value] as const,
      ),
    );
  }

  get kubeconfig(): string {
    return this.environment["KUBECONFIG"] ?? "";
  }

  /** host:port of the registry, over HTTP. */
  get registry(): string {
    return this.environment["LAB_REGISTRY"] ?? "";
  }

  /** An order to the lab: what it answers, text or what the JSON says. */
  async order(method: string, target: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.environment["LAB_CONTROL"]}${target}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${target}: ${response.status} ${text}`);
    const isJson = response.headers.get("content-type")?.includes("json") === true && text !== "";
    return isJson ? (JSON.parse(text) as unknown) : text;
  }

  /** Without the one long wait, which is always there. */
  async calls(): Promise<Calls> {
    const { calls } = (await this.order("GET", "/calls")) as { calls: Calls };
    const { WaitForUpdatesEx: _wait, ...others } = calls;
    return others;
  }

  async resetCalls(): Promise<void> {
    await this.order("POST", "/calls/reset");
  }

  async vms(): Promise<LabVm[]> {
    return ((await this.order("GET", "/vms")) as { vms: LabVm[] }).vms;
  }

  async tree(): Promise<string> {
    return (await this.order("GET", "/tree")) as string;
  }

  /** Where a datastore's files are on this machine. */
  datastore(name: string): string {
    return path.join(this.root, ".lab/vcenter/datastores", name);
  }

  /** Process of a role. */
  async pid(role: string): Promise<number> {
    return Number(await readFile(path.join(this.root, ".lab/run", `${role}.pid`), "utf8"));
  }

  /** What a role has logged. */
  logOf(role: string): Promise<string> {
    return readFile(path.join(this.root, ".lab/log", `${role}.log`), "utf8");
  }

  /** Kills a role's process, which the lab starts again; one that is being started is waited for. */
  async kill(role: string): Promise<void> {
    await untilSeen(
      `a process of ${role}`,
      async () => {
        const pid = await this.pid(role);
        // Fails where that one has just ended by itself.
        return pid > 0 && process.kill(pid, "SIGKILL");
      },
      (isKilled) => isKilled,
    );
  }
}
