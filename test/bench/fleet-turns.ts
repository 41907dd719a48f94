import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { ensureLabBinary } from "../../scripts/lab/binary.ts";
import type { ContainerVM } from "../../src/api/containervm.gen.ts";
import { KINDS } from "../../src/api/kinds.ts";
import type { WatchEvent } from "../../src/kube/client.ts";
import { inTurns } from "./in-turns.ts";
import type { SimulatedLab } from "./simulated-lab.ts";

/** A container that is there already, and its VM, like which others are made. */
interface Like {
  readonly name: string;
  readonly moref: string;
}

/** Makes so many containers' VMs, takes them away again, and says after how many milliseconds all of them ran. */
export type FleetTurn = (setting: SimulatedLab, like: Like, count: number) => Promise<number>;

const TIMEOUT_MS = 300_000;

/** VMs alone, without resources: from the first call on. */
export const crewTurn: FleetTurn = async ({ lab }, { moref }, count) => {
  const args = ["crew", `--like=${moref}`, `--count=${count}`];
  const env = { ...process.env, ...lab.environment };
  const { stdout } = await promisify(execFile)(await ensureLabBinary(), args, { env });
  return (JSON.parse(stdout) as { runningMs: number }).runningMs;
};

/** The reference controller, started and stopped around its turn. */
export const referenceTurn: FleetTurn = async (setting, { moref, name }, count) => {
  const args = ["reference-controller", `--like=${moref}`, `--except=${name}`];
  const child = spawn(await ensureLabBinary(), [...args, "--namespace", setting.tenant.namespace], {
    env: { ...process.env, ...setting.lab.environment },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  try {
    await once(child.stdout, "data", { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return await applied(setting, name, count);
  } finally {
    child.stdin.end();
    await ended;
  }
};

/** The operator, likewise. */
export const operatorTurn: FleetTurn = async (setting, { name }, count) => {
  await setting.operator.begin();
  try {
    return await applied(setting, name, count);
  } finally {
    await setting.operator.end();
  }
};

/** From the first stored object on. */
async function applied(setting: SimulatedLab, except: string, count: number): Promise<number> {
  const { client, namespace, lab } = setting.tenant;
  const { resourceVersion } = await client.list(KINDS.ContainerVM, { namespace });
  const names = Array.from({ length: count }, (_, index) => `fleet-${index}`);
  const child = execFile("kubectl", ["--kubeconfig", lab.kubeconfig, "apply", "-f", "-"]);
  const done = once(child, "exit");
  const running = new Set<string>();
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  child.stdin?.end(JSON.stringify(containers(names, namespace)));
  let first: number | undefined;
  let last = Number.NaN;
  for await (const { type, object } of watched(setting, resourceVersion, signal)) {
    if (type === "BOOKMARK" || object.metadata.name === except) continue;
    first ??= performance.now();
    if (object.status?.state !== "Running") continue;
    last = performance.now();
    if (running.add(object.metadata.name).size === count) break;
  }
  if (running.size < count) throw new Error(`only ${running.size} of ${count} containers run`);
  await done;
  await inTurns(names, 16, (each) => setting.tenant.delete("ContainerVM", each));
  await inTurns(names, 16, (each) => setting.tenant.gone("ContainerVM", each, TIMEOUT_MS));
  return last - (first ?? 0);
}

/** Goes on where the API server ends a watch, as it may at any time. */
async function* watched(
  { tenant: { client, namespace } }: SimulatedLab,
  from: string,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<ContainerVM>> {
  let resourceVersion = from;
  while (!signal.aborted) {
    const options = { namespace, resourceVersion, signal };
    for await (const event of client.watch(KINDS.ContainerVM, options)) {
      ({ resourceVersion } = event.object.metadata);
      yield event;
    }
  }
}

const containers = (names: readonly string[], namespace: string): object => ({
  apiVersion: "v1",
  kind: "List",
  items: names.map((name) => ({
    apiVersion: KINDS.ContainerVM.apiVersion,
    kind: "ContainerVM",
    metadata: { name, namespace },
    spec: { hostRef: { name: "host" }, image: "busybox", command: ["sleep", "100000"] },
  })),
});
