import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import tls from "node:tls";
import { ensureLabBinary } from "../../../scripts/lab/binary.ts";
import type { KubeClient } from "../../../src/kube/client.ts";
import { createKubeClient } from "../../../src/kube/http-client.ts";
import { loadKubeconfig } from "../../../src/kube/kubeconfig.ts";
import { installCrds } from "../../control-plane/install-crds.ts";

const checkout = path.resolve(import.meta.dirname, "../../..");

/** Calls of vSphere's methods since the last reset. */
export type Calls = Readonly<Record<string, number>>;

/** A VM as the vCenter knows it. */
export interface LabVm {
  readonly name: string;
  readonly moref: string;
  readonly power: string;
}

/**
 * A control plane, a vCenter with guests that cost nothing, and a registry, of one test file's
 * own. The product isn't started: the tests do that.
 */
export class Lab {
  readonly #root: string;
  readonly #child: ChildProcess;
  readonly environment: Readonly<Record<string, string>>;
  /** SHA-256 fingerprint of the vCenter's certificate. */
  readonly thumbprint: string;

  private constructor(
    root: string,
    child: ChildProcess,
    environment: Record<string, string>,
    thumbprint: string,
  ) {
    this.#root = root;
    this.#child = child;
    this.environment = environment;
    this.thumbprint = thumbprint;
  }

  /** @param profile shape of vSphere, the default one where left out */
  static async start(profile = "default"): Promise<Lab> {
    const binary = await ensureLabBinary();
    const root = await mkdtemp(path.join(tmpdir(), "vic-controllers-"));
    await mkdir(path.join(root, ".lab"));
    // The registry's images come from Debian packages: they are made once per checkout.
    await mkdir(path.join(checkout, ".lab/cache"), { recursive: true });
    await symlink(path.join(checkout, ".lab/cache"), path.join(root, ".lab/cache"));
    const parts = ["controlplane", "vcenter", "registry"].flatMap((part) => ["--only", part]);
    const flags = ["--root", root, "--guests", "simulated", "--profile", profile];
    const child = spawn(binary, ["up", ...flags, ...parts], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await ready(child);
    const environment = parseEnvironment(await readFile(path.join(root, ".lab/env"), "utf8"));
    const url = new URL(environment["GOVC_URL"] ?? "");
    const lab = new Lab(root, child, environment, await fingerprint(url));
    await installCrds(lab.kubeconfig);
    return lab;
  }

  get kubeconfig(): string {
    return this.environment["KUBECONFIG"] ?? "";
  }

  /** A client with the administrator's rights, to be closed. */
  async client(): Promise<KubeClient> {
    return createKubeClient(await loadKubeconfig(this.kubeconfig), "test");
  }

  get registry(): string {
    return this.environment["LAB_REGISTRY"] ?? "";
  }

  /** Origin of the vCenter. */
  get url(): string {
    return new URL(this.environment["GOVC_URL"] ?? "").origin;
  }

  /** An order to the lab: what it answers, text or what the JSON says. */
  async order(method: string, target: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.environment["LAB_CONTROL"]}${target}`, {
      method,
      ...(body
        ? { body: JSON.stringify(body), headers: { "content-type": "application/json" } }
        : {}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${target}: ${response.status} ${text}`);
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    return isJson && text !== "" ? (JSON.parse(text) as unknown) : text;
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
    return path.join(this.#root, ".lab/vcenter/datastores", name);
  }

  /** Kills a process of the lab, which starts it again. */
  async kill(role: string): Promise<void> {
    process.kill(
      Number(await readFile(path.join(this.#root, ".lab/run", `${role}.pid`), "utf8")),
      "SIGKILL",
    );
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    if (this.#child.exitCode === null && this.#child.signalCode === null)
      await once(this.#child, "exit");
    await rm(this.#root, { recursive: true, force: true });
  }
}

/** Waits until a lab says that it is ready. Its output is read on, so that it never writes into the void. */
function ready(child: ChildProcess): Promise<void> {
  let output = "";
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (/^ready after/m.test(output)) resolve();
    });
    child.once("exit", () => reject(new Error(`the lab didn't start:\n${output}`)));
  });
}

const parseEnvironment = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/^export (\w+)='(.*)'$/gm)].map(
      ([, name = "", value = ""]) => [name, value] as const,
    ),
  );

async function fingerprint({ hostname, port }: URL): Promise<string> {
  const socket = tls.connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}
