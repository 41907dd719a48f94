// The watch under random breaks and changes: what it ends with, and what its changes add up to, is the truth.
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  connect,
  isFault,
  powerOffVm,
  powerOnVm,
  readVApp,
  renameEntity,
  unregisterVm,
  type VmRef,
  type VSphere,
} from "../../../src/vsphere/index.ts";
import { seededRandom } from "../../seeded-random.ts";
import { stormSeed } from "../../storm-seed.ts";
import { createTestVApp, createTestVm } from "./objects.ts";
import { TestVcenter } from "./vcenter.ts";

let vcenter: TestVcenter;
beforeAll(async () => {
  vcenter = await TestVcenter.start();
});
afterAll(() => vcenter?.stop());

/** Tries until it isn't the connection that is in the way. */
async function insist(work: (attempt: number) => Promise<unknown>): Promise<void> {
  let last: unknown;
  for (let attempt = 0; attempt < 1000; attempt++) {
    try {
      await work(attempt);
      return;
    } catch (error) {
      if (isFault(error, "InvalidPowerState", "ManagedObjectNotFound")) return;
      last = error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error("the server never came back", { cause: last });
}

test("a storm leaves the cache and the sum of its changes equal to the truth", async () => {
  const next = seededRandom(stormSeed());
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;

  const actor: VSphere = await connect(vcenter.login);
  const watcher: VSphere = await connect(vcenter.login);
  const vApp = await createTestVApp(actor);
  const sum = new Map<string, string>();
  watcher.inventory.onVmChange(({ kind, ref, vm }) => {
    if (kind === "leave")
      expect(sum.delete(ref.value), `${ref.value} left without having entered`).toBe(true);
    else {
      expect(sum.has(ref.value), `${kind} of ${ref.value}`).toBe(kind === "modify");
      sum.set(ref.value, `${vm.name} ${vm.powerState}`);
    }
  });
  await watcher.inventory.watchVms(vApp).synced;

  const alive: VmRef[] = [];
  const breaks = [
    () => vcenter.terminateSessions(),
    () => vcenter.restart(100),
    () => vcenter.kill(),
    () => vcenter.fault({ method: "WaitForUpdatesEx", fault: "ManagedObjectNotFound", count: 1 }),
    () => vcenter.fault({ method: "CreateContainerView", fault: "SystemError", count: 1 }),
    () => vcenter.fault({ method: "CreateFilter", fault: "NotAuthenticated", count: 1 }),
  ];
  for (let step = 0; step < 60; step++) {
    const dice = next();
    if (dice < 0.2) await pick(breaks)();
    else if (dice < 0.5 || alive.length === 0) {
      // Of its own name each: one whose answer was lost may be there.
      await insist(async (attempt) =>
        alive.push(await createTestVm(actor, vApp, `vm-${step}-${attempt}`)),
      );
    } else {
      const vm = pick(alive);
      if (dice < 0.6) {
        await insist(() => actor.tasks.run(powerOffVm(actor, vm)));
        await insist(() => unregisterVm(actor, vm));
        alive.splice(alive.indexOf(vm), 1);
      } else if (dice < 0.75) await insist(() => actor.tasks.run(powerOnVm(actor, vm)));
      else if (dice < 0.9) await insist(() => actor.tasks.run(powerOffVm(actor, vm)));
      else await insist(() => actor.tasks.run(renameEntity(actor, vm, `renamed-${step}`)));
    }
  }
  await vcenter.clearFaults();

  let truth: string[] = [];
  await insist(async () => {
    truth = (await readVApp(actor, vApp))!.vms.map(({ value }) => value);
  });
  const cached = (): string[] => watcher.inventory.vms(vApp).map(({ ref }) => ref.value);
  await expect.poll(() => new Set(cached())).toEqual(new Set(truth));
  await watcher.inventory.whenSynced();
  const states = watcher.inventory
    .vms(vApp)
    .map(({ ref, name, powerState }) => [ref.value, `${name} ${powerState}`]);
  expect(sum).toEqual(new Map(states as [string, string][]));
  await Promise.all([actor.close(), watcher.close()]);
});
