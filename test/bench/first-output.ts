import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { containerId } from "../../src/api/identity.ts";
import { KINDS } from "../../src/api/kinds.ts";
import { isNotFound } from "../../src/kube/errors.ts";
import { bootBare, type Recipe } from "./bare-boot.ts";
import { readCommand, readStart } from "./proc.ts";
import type { Section } from "./section.ts";
import { describeSpread, median } from "./statistics.ts";
import { parseGuestInfo } from "./vmx.ts";
import { WholeLab } from "./whole-lab.ts";

const namespace = "team-a";
/** How often the log is looked at; `lab bare-boot` does the same. */
const pollMs = 5;
const timeoutMs = 120_000;

const container = (name: string) => ({
  apiVersion: KINDS.ContainerVM.apiVersion,
  kind: "ContainerVM" as const,
  metadata: { namespace, name },
  spec: {
    hostRef: { name: "team-a" },
    image: "busybox",
    command: ["sh", "-c", "echo ready; exec sleep 3600"],
    // It ignores the signal, as the first process of its namespace.
    stopTimeoutSeconds: 1,
  },
});

/** From applying a container to its first output, beside a boot of the same machine without us. */
export const firstOutput: Section = async ({ pairs, note }) => {
  const lab = await WholeLab.start();
  try {
    note("one container first, so that image, kernel and caches are warm");
    const warm = await viaApi(lab, "warm-up");
    await bootBare(lab.binary, warm.recipe);
    const ours: Run[] = [];
    const bare: number[] = [];
    const kubectl: Run[] = [];
    for (let pair = 1; pair <= pairs; pair++) {
      // Who comes first changes, so that what the machine does meanwhile hits nobody always.
      const bootAlone = (): Promise<number> => bootBare(lab.binary, warm.recipe);
      let alone = pair % 2 === 0 ? await bootAlone() : Number.NaN;
      const own = await viaApi(lab, `api-${pair}`);
      if (Number.isNaN(alone)) alone = await bootAlone();
      const typed = await viaKubectl(lab, `kubectl-${pair}`);
      ours.push(own);
      kubectl.push(typed);
      bare.push(alone);
      note(
        `pair ${pair}: ${own.ms.toFixed(0)} ms, by kubectl ${typed.ms.toFixed(0)} ms, bare ${alone.toFixed(0)} ms`,
      );
    }
    const spread = (values: readonly number[]): string => describeSpread(values, "ms");
    const times = (runs: readonly Run[]): number[] => runs.map(({ ms }) => ms);
    const accelerator = warm.recipe.command[warm.recipe.command.indexOf("-accel") + 1] ?? "";
    const ratios = ours.map(({ ms }, pair) => ms / (bare[pair] ?? Number.NaN));
    return [
      {
        name: "apply → first output, of a bare QEMU's",
        value: median(times(ours)) / median(bare),
        unit: "×",
        atMost: 1.5,
        detail: [
          `ours ${spread(times(ours))}; bare ${spread(bare)}; ${accelerator}`,
          `pair by pair ${ratios.map((ratio) => ratio.toFixed(2)).join(", ")}`,
          `fastest of each: ${(Math.min(...times(ours)) / Math.min(...bare)).toFixed(2)}`,
          `of ours, until QEMU is started: ${spread(ours.map(({ startedMs }) => startedMs))}`,
        ].join("\n"),
      },
      {
        name: "the same by kubectl apply",
        value: median(times(kubectl)) / median(bare),
        unit: "×",
        detail: spread(times(kubectl)),
      },
    ];
  } finally {
    await lab.stop();
  }
};

interface Run {
  /** From the command to the first output. */
  readonly ms: number;
  /** Of it, until the VM's process was there. */
  readonly startedMs: number;
  readonly recipe: Recipe;
}

async function viaApi(lab: WholeLab, name: string): Promise<Run> {
  const begun = Date.now();
  const applied = await lab.client.apply(KINDS.ContainerVM, container(name), {
    fieldManager: "bench",
  });
  return follow(lab, name, begun, applied.metadata.uid ?? "");
}

async function viaKubectl(lab: WholeLab, name: string): Promise<Run> {
  const file = lab.file(`${name}.json`);
  await writeFile(file, JSON.stringify(container(name)));
  const begun = Date.now();
  return follow(
    lab,
    name,
    begun,
    await lab.kubectl("apply", "-f", file, "-o", "jsonpath={.metadata.uid}"),
  );
}

/** Waits for the first output, notes how the machine was made, and takes it away. */
async function follow(lab: WholeLab, name: string, begun: number, uid: string): Promise<Run> {
  const id = containerId(uid);
  const at = await outputAt(lab.container(id, `${id}.log`));
  if (at === undefined) {
    const { status } = await lab.client.get(KINDS.ContainerVM, { namespace, name });
    throw new Error(`${name} had no output:\n${JSON.stringify(status, null, 2)}`);
  }
  const ms = at - begun;
  const { pid, command } = await processOf(lab, id);
  const startedMs = (await readStart(pid)) - begun;
  const vmx = await readFile(lab.container(id, `${id}.vmx`), "utf8");
  // The report as it stood in the create spec: a first run.
  const guestInfo = { ...parseGuestInfo(vmx), "guestinfo.vic.report": "{}" };
  await remove(lab, name);
  return { ms, startedMs, recipe: { command, guestInfo } };
}

/** When a log had its first line of standard output; undefined where it never had. */
async function outputAt(log: string): Promise<number | undefined> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(pollMs)) {
    const text = await readFile(log, "utf8").catch(() => "");
    if (text.includes(" stdout ")) return Date.now();
  }
  return undefined;
}

async function processOf(lab: WholeLab, id: string): Promise<{ pid: number; command: string[] }> {
  for (const pid of await lab.pids()) {
    const command = await readCommand(pid);
    if (command.some((word) => word.includes(`/${id}/`))) return { pid, command };
  }
  throw new Error(`no process of ${id}`);
}

async function remove(lab: WholeLab, name: string): Promise<void> {
  const object = { namespace, name };
  await lab.client.delete(KINDS.ContainerVM, object);
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(100)) {
    try {
      await lab.client.get(KINDS.ContainerVM, object);
    } catch (error) {
      if (isNotFound(error)) return;
      throw error;
    }
  }
  throw new Error(`${name} isn't gone`);
}
