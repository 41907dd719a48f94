import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureLabBinary } from "../../../scripts/lab/binary.ts";
import type { KubeClient } from "../../../src/kube/client.ts";
import { createKubeClient } from "../../../src/kube/http-client.ts";
import { loadKubeconfig } from "../../../src/kube/kubeconfig.ts";
import { installCrds } from "../../control-plane/install-crds.ts";
import { thumbprintOf } from "../administrator.ts";
import { RunningLab } from "../running-lab.ts";

const checkout = path.resolve(import.meta.dirname, "../../..");

/**
 * A control plane, a vCenter with guests that cost nothing, and a registry, of one test file's
 * own. The product isn't started: the tests do that.
 */
export class Lab extends RunningLab {
  readonly #child: ChildProcess;
  /** SHA-256 fingerprint of the vCenter's certificate. */
  readonly thumbprint: string;

  private constructor(
    root: string,
    child: ChildProcess,
    environment: Record<string, string>,
    thumbprint: string,
  ) {
    super(root, environment);
    this.#child = child;
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
      stdio: ["ignore", "pipe", "pipe"],
    });
    await ready(child);
    const environment = await RunningLab.environmentOf(root);
    const lab = new Lab(root, child, environment, await thumbprintOf(environment));
    await installCrds(lab.kubeconfig);
    return lab;
  }

  /** A client with the administrator's rights, to be closed. */
  async client(): Promise<KubeClient> {
    return createKubeClient(await loadKubeconfig(this.kubeconfig), "test");
  }

  /** Origin of the vCenter. */
  get url(): string {
    return new URL(this.environment["GOVC_URL"] ?? "").origin;
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    if (this.#child.exitCode === null && this.#child.signalCode === null)
      await once(this.#child, "exit");
    await rm(this.root, { recursive: true, force: true });
  }
}

/**
 * Waits until a lab says that it is ready. Its output is read on, so that it never writes into the void.
 *
 * @throws Error with all that it printed, where it ends before
 */
function ready(child: ChildProcess): Promise<void> {
  let output = "";
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (/^ready after/m.test(output)) resolve();
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      process.stderr.write(chunk);
      output += chunk.toString();
    });
    child.once("close", () => reject(new Error(`the lab didn't start:\n${output}`)));
  });
}
