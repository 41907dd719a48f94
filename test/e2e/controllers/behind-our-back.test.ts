import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  destroyEntity,
  powerOffVm,
  powerOnVm,
  registerChildVm,
  renameEntity,
  shutdownGuest,
  unregisterVm,
  updateAllocation,
  readVApp,
} from "../../../src/vsphere/index.ts";
import type { ContainerVM } from "../../../src/api/containervm.gen.ts";
import type { KindName } from "../../../src/api/kinds.ts";
import { type Setting, startSetting } from "./setting.ts";

/** What an administrator does in vSphere is accepted, or repaired. */
describe("behind our back", () => {
  let setting: Setting;
  beforeAll(async () => {
    setting = await startSetting();
    await setting.tenant.host("host");
    await setting.tenant.ready("VirtualContainerHost", "host");
  });
  afterAll(() => setting.stop());

  let number = 0;
  let name = "";
  beforeEach(() => {
    name = `c${++number}`;
  });

  async function running(): Promise<ContainerVM> {
    await setting.tenant.container(name, ["sleep", "1000"]);
    return setting.tenant.until(
      "ContainerVM",
      name,
      ({ status }) => status?.state === "Running" && status.tools === "Running",
    );
  }
  const until = (holds: (status: NonNullable<ContainerVM["status"]>) => boolean) =>
    setting.tenant.until(
      "ContainerVM",
      name,
      ({ status }) => status !== undefined && holds(status),
    );

  async function toldOf(kind: KindName, object: string, line: string): Promise<void> {
    await expect.poll(() => setting.tenant.story(kind, object)).toContain(line);
  }

  test("Shut Down Guest delivers the stop signal, power-on runs it again", async () => {
    const { admin } = setting;
    const vm = admin.vm((await running()).status?.vsphere?.moRef);
    await shutdownGuest(admin.vsphere, vm);
    // The end of a run is told before its VM is off; one that is on can't be powered on.
    const stopped = await until(
      ({ state, vsphere }) => state === "Exited" && vsphere?.powerState === "poweredOff",
    );
    expect(stopped.status?.exit?.code).toBe(143);
    await admin.vsphere.tasks.run(powerOnVm(admin.vsphere, vm));
    await until(({ state, run }) => state === "Running" && run === 2);
    await toldOf("ContainerVM", name, "PoweredOn: The VM was powered on in vSphere");
    // Neither was undone: nobody changed what the manifest says.
    await sleep(1500);
    expect((await setting.tenant.get("ContainerVM", name)).status?.state).toBe("Running");
  });

  test("a power-off is told as such, with an exit code", async () => {
    const { admin } = setting;
    const vm = admin.vm((await running()).status?.vsphere?.moRef);
    await admin.vsphere.tasks.run(powerOffVm(admin.vsphere, vm));
    const { status } = await until(({ state }) => state === "Exited");
    expect(status?.exit).toMatchObject({ code: 137, reason: "PoweredOff" });
    expect(status?.vsphere?.powerState).toBe("poweredOff");
  });

  test("a rename is accepted", async () => {
    const { admin } = setting;
    const vm = admin.vm((await running()).status?.vsphere?.moRef);
    await admin.vsphere.tasks.run(renameEntity(admin.vsphere, vm, "renamed by Bob"));
    await until(({ vsphere }) => vsphere?.name === "renamed by Bob");
    await setting.tenant.delete("ContainerVM", name);
    await setting.tenant.gone("ContainerVM", name);
  });

  test("a VM that is unregistered, and registered again, is the same container", async () => {
    const { admin, tenant } = setting;
    const before = await running();
    const vm = admin.vm(before.status?.vsphere?.moRef);
    await admin.vsphere.tasks.run(powerOffVm(admin.vsphere, vm));
    await until(({ state }) => state === "Exited");
    await unregisterVm(admin.vsphere, vm);
    await tenant.reason("ContainerVM", name, "VMUnregistered");
    const vApp = admin.ref(
      (await tenant.get("VirtualContainerHost", "host")).status?.vsphere?.vApp?.moRef,
    );
    await admin.vsphere.tasks.run(
      registerChildVm(admin.vsphere, vApp, before.status?.vsphere?.path ?? ""),
    );
    const after = await until(({ state }) => state === "Exited");
    expect(after.status?.id).toBe(before.status?.id);
    expect(after.status?.exit?.code).toBe(137);
  });

  test("a VM that is deleted leaves a container that is gone, and its sisters' disks whole", async () => {
    const { admin, tenant } = setting;
    const sister = await running();
    name = `c${++number}`;
    const vm = admin.vm((await running()).status?.vsphere?.moRef);
    await admin.vsphere.tasks.run(powerOffVm(admin.vsphere, vm));
    await until(({ state }) => state === "Exited");
    await admin.vsphere.tasks.run(destroyEntity(admin.vsphere, vm));
    await tenant.reason("ContainerVM", name, "VMDeleted");
    await tenant.delete("ContainerVM", name);
    await tenant.gone("ContainerVM", name);
    const again = await tenant.get("ContainerVM", sister.metadata.name);
    expect(again.status?.state).toBe("Running");
    name = `c${++number}`;
    await running();
  });

  test("limits that the spec names are put right, others are the administrator's", async () => {
    const { admin, tenant } = setting;
    const host = await tenant.ready("VirtualContainerHost", "host");
    const vApp = admin.ref(host.status?.vsphere?.vApp?.moRef);
    await updateAllocation(admin.vsphere, vApp, {
      cpu: { limit: 100, reservation: 50 },
      memory: { limit: 9000 },
    });
    const limits = () => readVApp(admin.vsphere, vApp);
    await expect
      .poll(limits)
      .toMatchObject({ cpu: { limit: 8000, reservation: 50 }, memory: { limit: 9000 } });
    await tenant.host("host", { compute: { cluster: "Compute-1", cpu: { limitMHz: 6000 } } });
    await expect.poll(limits).toMatchObject({ cpu: { limit: 6000 } });
  });

  test("a restarted operator finds everything, and writes nothing to vSphere", async () => {
    const { lab, tenant } = setting;
    const before = await running();
    await lab.resetCalls();
    await setting.restartOperator();
    await tenant.container(`${name}-after`, ["true"]);
    await tenant.until("ContainerVM", `${name}-after`, ({ status }) => status?.state === "Exited");
    const after = await tenant.get("ContainerVM", name);
    expect(after.status).toEqual(before.status);
    const calls = await lab.calls();
    const writes = Object.keys(calls).filter(
      (method) =>
        /_Task$|^(Create|Update|Unregister|Set|Make|Destroy)/.test(method) &&
        !/Filter|Collector|View|Search/.test(method),
    );
    expect(writes.toSorted()).toEqual(["CreateChildVM_Task", "PowerOnVM_Task"]);
  });

  test("a vApp that is deleted is made again, with the folder and the port group", async () => {
    const { admin, tenant } = setting;
    await tenant.deleteAll("ContainerVM");
    const places = (await tenant.get("VirtualContainerHost", "host")).status?.vsphere;
    for (const { moref, power } of await setting.lab.vms())
      if (power === "poweredOn")
        await admin.vsphere.tasks.run(
          powerOffVm(admin.vsphere, admin.vm(`VirtualMachine:${moref}`)),
        );
    for (const place of [places?.vApp, places?.portGroup, places?.folder])
      await admin.vsphere.tasks.run(destroyEntity(admin.vsphere, admin.ref(place?.moRef)));
    await tenant.until("VirtualContainerHost", "host", ({ status }) => {
      const now = status?.vsphere;
      return (
        now?.vApp?.moRef !== places?.vApp?.moRef &&
        now?.portGroup?.moRef !== places?.portGroup?.moRef &&
        now?.folder?.moRef !== places?.folder?.moRef
      );
    });
    await running();
    for (const what of ["vApp", "folder"])
      await toldOf("VirtualContainerHost", "host", `Repaired: Made ${what} "team-a.host" again`);
  });

  test("an image's disk that is deleted is made again when a container needs it", async () => {
    const { admin, tenant } = setting;
    const image = (await running()).status?.imageRef?.name ?? "";
    const disk = (await tenant.get("ContainerImage", image)).status?.disks?.at(-1);
    await tenant.deleteAll("ContainerVM");
    await admin.deletePath((disk?.path ?? "").replace(/\/[^/]*$/, ""));
    name = `c${++number}`;
    await running();
  });
});
