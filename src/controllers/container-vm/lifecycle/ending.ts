import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { idOfContainer } from "../../../api/identity.ts";
import { keyOf } from "../../../kube/object.ts";
import type { VmRecord } from "../../../vsphere/index.ts";
import type { LiveHost } from "../../hosts/host-registry.ts";
import { readLoggedEnd } from "./acts.ts";
import { type Cut, endIsUnknown } from "../decisions/observe.ts";
import type { ObservedVm } from "../decisions/power.ts";
import { type Scope } from "../scope/scope.ts";
import type { Known } from "../status/status-of.ts";

/** How long a run's end may stay unexplained: its last report may come after the news that the VM is off. */
export const LAST_WORD_MS = 1500;

/** How a run ended that left no report; "wait": its report may still come. */
export async function explainEnd(
  { memory }: Scope,
  container: ContainerVM,
  live: LiveHost,
  vm: VmRecord,
  seen: ObservedVm,
  recorded: Known,
): Promise<Cut | "wait" | undefined> {
  const key = keyOf(container);
  if (!endIsUnknown(seen, recorded)) {
    memory.endUnknownSince.delete(key);
    return undefined;
  }
  if (memory.killed.has(key)) return "killed";
  const since = memory.endUnknownSince.get(key) ?? Date.now();
  memory.endUnknownSince.set(key, since);
  if (Date.now() - since < LAST_WORD_MS) return "wait";
  const logged = live.equipment
    ? await readLoggedEnd(live, vm, idOfContainer(container), seen.report.run)
    : undefined;
  if (logged) return logged;
  return vm.cleanPowerOff === false ? "hostFailed" : undefined;
}
