// A real control plane for the tests of one vitest run: `inject("kubeconfig")` in a test says where it is. It ends with
// this process, whatever becomes of it, because the lab's program ends when its standard input closes.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestProject } from "vitest/node";
import { buildLab } from "./lab-binary.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Path of the administrator's kubeconfig. */
    kubeconfig: string;
    /** Paths of the kubeconfigs of vic-operator, vic-console, vic-gateway (service accounts) and tenant. */
    kubeconfigs: Record<string, string>;
  }
}

interface Ready {
  kubeconfig: string;
  kubeconfigs: Record<string, string>;
}

/** vitest's global setup; the function it returns is the teardown. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const controlPlane = await startControlPlane();
  project.provide("kubeconfig", controlPlane.kubeconfig);
  project.provide("kubeconfigs", controlPlane.kubeconfigs);
  return controlPlane.stop;
}

/** Starts etcd, API server and garbage collector in a directory of their own; `stop` ends them and removes it. */
export async function startControlPlane(): Promise<Ready & { stop: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "vic-controlplane-"));
  const child = spawn(buildLab(), ["controlplane", "--dir", directory], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await exited;
    await rm(directory, { recursive: true, force: true });
  };
  const line = await Promise.race([
    createInterface({ input: child.stdout })[Symbol.asyncIterator]().next(),
    exited,
  ]);
  if (line === undefined || line.done === true) {
    await stop();
    throw new Error(`the control plane didn't start:\n${errors}`);
  }
  return { ...(JSON.parse(line.value) as Ready), stop };
}
