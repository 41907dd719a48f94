import { type PowerStep, servedBy } from "../decisions/power.ts";
import type { Scope } from "../scope/scope.ts";
import { awaitTools, cutPower, requestStop, startContainer } from "./acts.ts";
import type { Turn } from "./turn.ts";

/** Takes a step. Returns "started" when its end wakes the key, "asked" when the guest was, or after how long to look again. */
export async function take(
  { activities, memory }: Scope,
  { key, container, live, vm, wish }: Turn,
  step: PowerStep,
): Promise<"started" | "asked" | number | undefined> {
  switch (step.do) {
    case "powerOn":
      activities.start(key, "start", async () => {
        await startContainer(live, vm);
        memory.stops.delete(key);
        memory.killed.delete(key);
        if (!wish) return;
        memory.restarts.forget(key);
        memory.served.set(key, servedBy(container.spec, wish.target));
      });
      return "started";
    case "powerOff":
      memory.killed.add(key);
      activities.start(key, "powerOff", () => cutPower(live, vm));
      return "started";
    case "askToStop":
      await requestStop(live, vm, memory.stops, key);
      return "asked";
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
