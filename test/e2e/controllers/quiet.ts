import { setTimeout as sleep } from "node:timers/promises";
import { untilSeen } from "../until-seen.ts";
import type { Lab } from "./lab.ts";
import type { Tenant } from "./objects.ts";

/** Longer than an operator that is at work leaves vSphere alone. */
const QUIET_MS = 3000;

/** Waits until vSphere has been called and no call has come for a while. */
export async function quiet(lab: Lab): Promise<void> {
  let [former, since] = [0, Date.now()];
  while (former === 0 || Date.now() - since < QUIET_MS) {
    await sleep(200);
    const now = Object.values(await lab.calls()).reduce((sum, count) => sum + count, 0);
    if (now !== former) [former, since] = [now, Date.now()];
  }
}

/** Waits until all is done that nobody waits for once a host has its first image: its keeper comes beside what containers do. */
export async function keeperServed({ lab, namespace }: Tenant, host: string): Promise<void> {
  const name = `${namespace}.${host}-keeper`;
  await untilSeen(
    name,
    () => lab.vms(),
    (vms) => vms.some((vm) => vm.name === name),
  );
  await quiet(lab);
}
