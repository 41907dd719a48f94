import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface, type Interface } from "node:readline";
import { pythonWithPyVmomi } from "../../python.ts";
import type { RunningLab } from "../running-lab.ts";

/** A fault that vSphere answered an administrator's act with. */
export class ActFault extends Error {
  readonly fault: string;

  constructor(fault: string, message: string) {
    super(`${fault}: ${message}`);
    this.fault = fault;
  }
}

/** A data object or a reference among the arguments of a call. */
export const ref = (of: string | undefined): object => ({ ref: of ?? "" });
export const data = (is: string, fields: object = {}): object => ({ is, ...fields });

/** A vSphere administrator at VMware's own client: nothing of the product is in it. */
export class PyvmomiAdministrator {
  readonly #process: ChildProcess;
  readonly #answers: Interface;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(process: ChildProcess) {
    this.#process = process;
    this.#answers = createInterface({ input: process.stdout! });
  }

  static async login({ environment }: RunningLab): Promise<PyvmomiAdministrator> {
    const { GOVC_URL = "", GOVC_USERNAME: user = "", GOVC_PASSWORD: password = "" } = environment;
    const { hostname, port } = new URL(GOVC_URL);
    const script = path.join(import.meta.dirname, "pyvmomi-administrator.py");
    const stdio = ["pipe", "pipe", "inherit"] as const;
    const args = [script, hostname, port, user, password];
    return new PyvmomiAdministrator(spawn(await pythonWithPyVmomi(), args, { stdio: [...stdio] }));
  }

  /** Calls a method, and waits for its task. `on` is what a status calls `type:value`. Rejects with {@link ActFault}. */
  call(on: string | undefined, method: string, args: object = {}): Promise<unknown> {
    return this.#order({ on, call: method, args });
  }

  /** Reads a property: a list's member by its number. */
  get(on: string | undefined, property: string): Promise<unknown> {
    return this.#order({ on, get: property });
  }

  /** A datastore or network of the datacenter, by its name. */
  async find(type: "Datastore" | "Network", name: string): Promise<string> {
    const all = (await this.get(await this.#datacenter(), type.toLowerCase())) as string[];
    for (const each of all) if ((await this.get(each, "name")) === name) return each;
    throw new Error(`no ${type} ${name}`);
  }

  async folder(): Promise<string> {
    return (await this.get(await this.#datacenter(), "vmFolder")) as string;
  }

  async cluster(): Promise<string> {
    return (await this.get(await this.#datacenter(), "hostFolder.childEntity.0")) as string;
  }

  async rootPool(): Promise<string> {
    return (await this.get(await this.cluster(), "resourcePool")) as string;
  }

  async #datacenter(): Promise<string> {
    return (await this.get("", "rootFolder.childEntity.0")) as string;
  }

  async #order(order: object): Promise<unknown> {
    const mine = this.#turn.then(async () => {
      const answered = once(this.#answers, "line") as Promise<[string]>;
      this.#process.stdin!.write(`${JSON.stringify(order)}\n`);
      const [line] = await answered;
      return JSON.parse(line) as { value?: unknown; fault?: string; message?: string };
    });
    this.#turn = mine.catch(() => undefined);
    const { value, fault, message = "" } = await mine;
    if (fault !== undefined) throw new ActFault(fault, message);
    return value;
  }

  async close(): Promise<void> {
    this.#process.stdin!.end();
    if (this.#process.exitCode === null) await once(this.#process, "exit");
  }
}
