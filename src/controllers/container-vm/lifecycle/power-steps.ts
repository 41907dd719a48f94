import type { VmRecord } from "../../../vsphere/index.ts";
import type { LiveHost } from "../../hosts/host-registry.ts";
import { powerOnOf } from "../decisions/late-power.ts";
import { type PowerStep, servedBy } from "../decisions/power.ts";
import type { Scope } from "../scope/scope.ts";
import { awaitTools, cutPower, requestStop, startContainer } from "./acts.ts";
import type { Turn } from "./turn.ts";

/** After so long it is done again what vSphere answered, and doesn't tell of; milliseconds. */
const AGAIN_MS = 2000;

/** Takes a step. Returns "started" when its end wakes the key, "asked" when the guest was, or after how long to look again. */
export async function take(
  scope: Scope,
  { key, container, live, vm, wish }: Turn,
  step: PowerStep,
): Promise<"started" | "asked" | number | undefined> {
  const { activities, memory } = scope;
  switch (step.do) {
    case "powerOn":
      activities.start(key, "start", async () => {
        await startContainer(live, vm);
        memory.poweredOn.set(key, powerOnOf(vm, Date.now()));
        memory.stops.delete(key);
        memory.killed.delete(key);
        memory.cutAt.delete(key);
        if (!wish) return;
        memory.restarts.forget(key);
        memory.served.set(key, servedBy(container.spec, wish.target));
      });
      return "started";
    case "powerOff":
      return startCut(scope, key, live, vm) ?? "started";
    case "askToStop":
      return (await requestStop(live, vm, memory.stops, key)) ? "asked" : AGAIN_MS;
    case "awaitTools":
      awaitTools(memory.stops, key);
      return step.forMs;
    case "waitForStop":
      return step.forMs;
    case "waitForEnd":
    case "nothing":
      return undefined;
  }
}

/**
 * Begins to cut a VM's power; the end of that wakes the key. Where it was cut a moment ago, and vSphere doesn't tell so yet, nothing is done: returns
 * after how long to look again.
 */
export function startCut(
  { activities, memory }: Scope,
  key: string,
  live: LiveHost,
  vm: VmRecord,
): number | undefined {
  const untoldMs = (memory.cutAt.get(key) ?? 0) + AGAIN_MS - Date.now();
  if (untoldMs > 0) return untoldMs;
  memory.killed.add(key);
  activities.start(key, "powerOff", async () => {
    await cutPower(live, vm);
    memory.cutAt.set(key, Date.now());
  });
  return undefined;
}
