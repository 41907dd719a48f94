import { setTimeout as sleep } from "node:timers/promises";
import type { SectionName } from "./arguments.ts";
import { describeCalls, sumOfCalls, writesOf } from "./calls.ts";
import type { Figure } from "./figure.ts";
import { oneChange } from "./one-change.ts";
import { inTurns } from "./in-turns.ts";
import { readCpu, readMemory } from "./proc.ts";
import { sumOf } from "./prometheus.ts";
import type { BenchOptions } from "./section.ts";
import { SimulatedLab } from "./simulated-lab.ts";
import { describeSpread, median } from "./statistics.ts";
import { describeWrites, sumOfWrites, writesBetween } from "./writes.ts";

const MB = 1e6;
/** A slow machine starts five in a second. */
const creatingTimeoutMs = (containers: number): number => Math.max(600_000, containers * 200);
/** Promised of a thousand containers, and of more of them. */
const memoryLimit = (containers: number): number => (containers > 1000 ? 300 : 200);
const restartTimeoutMs = 60_000;
const restarts = 3;
/** Until nothing is left to do after the last container runs. */
const settleMs = 10_000;

/** What an operator with many containers costs, at rest and when it starts again. */
export async function crowdFigures(
  sections: readonly SectionName[],
  options: BenchOptions,
): Promise<Figure[]> {
  const setting = await SimulatedLab.start();
  try {
    await fill(setting, options);
    const figures: Figure[] = [];
    if (sections.includes("memory")) figures.push(...(await memory(setting, options)));
    if (sections.includes("idle")) figures.push(...(await idle(setting, options)));
    if (sections.includes("change")) figures.push(await oneChange(setting, options));
    if (sections.includes("restart")) figures.push(...(await restart(setting, options)));
    return figures;
  } finally {
    await setting.stop();
  }
}

async function fill(setting: SimulatedLab, { containers, note }: BenchOptions): Promise<void> {
  const names = Array.from({ length: containers }, (_, index) => `crowd-${index}`);
  note(`starting ${containers} containers`);
  const begun = Date.now();
  await inTurns(names, 10, async (name) => {
    await setting.tenant.container(name, ["sleep", "100000"]);
  });
  for (let running = 0; running < containers; await sleep(2000)) {
    if (Date.now() - begun > creatingTimeoutMs(containers))
      throw new Error(`only ${running} of ${containers} containers run`);
    const all = await setting.containers();
    running = all.filter(
      ({ status }) => status?.state === "Running" && status.tools === "Running",
    ).length;
    note(`${running} run after ${((Date.now() - begun) / 1000).toFixed(0)} s`);
  }
  await sleep(settleMs);
}

/** What of a process's memory is JavaScript's. */
async function describeHeap({ operator }: SimulatedLab): Promise<string> {
  const samples = (await operator.metrics()) ?? [];
  const [used, total, external] = ["heap_size_used", "heap_size_total", "external_memory"].map(
    (name) => (sumOf(samples, `nodejs_${name}_bytes`) / MB).toFixed(0),
  );
  return `heap: ${used} MB used of ${total} MB, and ${external} MB outside it`;
}

async function memory(setting: SimulatedLab, { containers }: BenchOptions): Promise<Figure[]> {
  const { resident, peak } = await readMemory(setting.operator.pid);
  return [
    {
      name: `operator's memory with ${containers} containers (VmRSS)`,
      value: resident / MB,
      unit: "MB",
      atMost: memoryLimit(containers),
      detail: await describeHeap(setting),
    },
    {
      name: `the same at most, while they were started (VmHWM)`,
      value: peak / MB,
      unit: "MB",
      atMost: memoryLimit(containers),
    },
  ];
}

async function idle(
  setting: SimulatedLab,
  { containers, idleSeconds, note }: BenchOptions,
): Promise<Figure[]> {
  note(`doing nothing for ${idleSeconds} s`);
  const writes = await setting.writes();
  await setting.lab.resetCalls();
  const cpuMs = await readCpu(setting.operator.pid);
  await sleep(idleSeconds * 1000);
  const usedMs = (await readCpu(setting.operator.pid)) - cpuMs;
  const { WaitForUpdatesEx: waits = 0, ...others } = await setting.calls();
  const written = writesBetween(writes, await setting.writes());
  const { resident } = await readMemory(setting.operator.pid);
  return [
    {
      name: `vSphere calls in ${idleSeconds} s of ${containers} idle containers`,
      value: sumOfCalls(others),
      unit: "",
      atMost: 0,
      detail: [
        `${describeCalls(others)}; the long wait, apart: ${waits}`,
        `API server writes: ${sumOfWrites(written)} and ${describeWrites(written) || "none"}`,
        `operator's memory afterwards: ${(resident / MB).toFixed(0)} MB`,
      ].join("\n"),
    },
    {
      name: `operator's processor time with ${containers} idle containers`,
      value: usedMs / idleSeconds,
      unit: "ms/s",
      atMost: 10,
    },
  ];
}

/** One restart: how long until synced, and what it cost. */
interface Restart {
  readonly readyMs: number;
  readonly syncedMs: number;
  /** Processor time that the new process used until then. */
  readonly cpuMs: number;
  /** The most that the new process took, bytes, until it had settled. */
  readonly peak: number;
}

async function restart(
  setting: SimulatedLab,
  { containers, note }: BenchOptions,
): Promise<Figure[]> {
  const all: Restart[] = [];
  const before = await setting.writes();
  await setting.lab.resetCalls();
  for (let round = 1; round <= restarts; round++) {
    const synced = await restartOnce(setting, containers);
    await sleep(settleMs);
    const one: Restart = { ...synced, peak: (await readMemory(setting.operator.pid)).peak };
    note(
      `restart ${round}: ready after ${one.readyMs} ms, synced after ${one.syncedMs} ms, of which it had a processor for ${one.cpuMs} ms; at most ${(one.peak / MB).toFixed(0)} MB`,
    );
    all.push(one);
  }
  const calls = await setting.calls();
  const written = writesBetween(before, await setting.writes());
  const { resident } = await readMemory(setting.operator.pid);
  const peaks = all.map(({ peak }) => peak / MB);
  return [
    {
      name: `operator's memory with ${containers} containers, after a restart (VmRSS)`,
      value: resident / MB,
      unit: "MB",
      atMost: memoryLimit(containers),
      detail: await describeHeap(setting),
    },
    {
      name: "the same at most, of all restarts (VmHWM)",
      value: Math.max(...peaks),
      unit: "MB",
      atMost: memoryLimit(containers),
      detail: describeSpread(peaks, "MB"),
    },
    {
      name: `operator killed → synced with ${containers} containers`,
      value: median(all.map(({ syncedMs }) => syncedMs)) / 1000,
      unit: "s",
      ...(containers > 1000 ? {} : { atMost: 5 }),
      detail: [
        describeSpread(
          all.map(({ syncedMs }) => syncedMs),
          "ms",
        ),
        `/readyz: ${describeSpread(
          all.map(({ readyMs }) => readyMs),
          "ms",
        )}`,
        `processor time until then: ${describeSpread(
          all.map(({ cpuMs }) => cpuMs),
          "ms",
        )}`,
      ].join("\n"),
    },
    {
      name: `vSphere writes in ${restarts} restarts`,
      value: sumOfCalls(writesOf(calls)),
      unit: "",
      atMost: 0,
      detail: describeCalls(calls),
    },
    {
      name: `API server writes in ${restarts} restarts`,
      value: sumOfWrites(written),
      unit: "",
      detail: describeWrites(written) || "none",
    },
  ];
}

/** Kills the operator and waits until its successor has looked at every container with a complete inventory, and has nothing left to do. */
async function restartOnce(
  { operator }: SimulatedLab,
  containers: number,
): Promise<Omit<Restart, "peak">> {
  const begun = Date.now();
  await operator.restart();
  let readyMs: number | undefined;
  while (Date.now() - begun < restartTimeoutMs) {
    if (readyMs === undefined && (await operator.ready())) readyMs = Date.now() - begun;
    const samples = readyMs === undefined ? undefined : await operator.metrics();
    if (samples && readyMs !== undefined) {
      const looked = sumOf(samples, "controller_runtime_reconcile_total", {
        controller: "containervm",
        result: "success",
      });
      const busy =
        sumOf(samples, "workqueue_depth") + sumOf(samples, "controller_runtime_active_workers");
      if (looked >= containers && busy === 0) {
        const syncedMs = Date.now() - begun;
        return { readyMs, syncedMs, cpuMs: await readCpu(operator.pid) };
      }
    }
    await sleep(20);
  }
  throw new Error(
    `the operator isn't synced after ${restartTimeoutMs} ms:\n${await operator.lastWords()}`,
  );
}
