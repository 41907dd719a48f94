import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findCondition } from "../../../src/reconcile/conditions.ts";
import { Acts, vmOf } from "./acts.ts";
import { data } from "./pyvmomi-administrator.ts";

/** Administrators' acts on what containers are in, and on: vApp, port group, ESXi host, cluster, datastore. */
describe("an administrator", () => {
  let acts: Acts;
  beforeAll(async () => {
    acts = await Acts.start();
  });
  afterAll(() => acts?.stop());
  beforeEach(() => acts.next());

  async function suspend(): Promise<void> {
    const before = await acts.running();
    await acts.admin.call(vmOf(before), "SuspendVM_Task");
    await acts.reason("Suspended");
    await acts.request(1, "Start");
    const { status } = await acts.until(({ state }) => state === "Running");
    expect(status?.run).toBe(before.run);
    await acts.admin.call(await acts.vApp(), "SuspendVApp_Task");
    await acts.reason("Suspended");
    await acts.request(2, "Stop");
    const stopped = await acts.until(({ state }) => state === "Exited");
    expect(stopped.status?.exit?.code).toBe(137);
    await acts.gone();
    await acts.tenant.deleteAll("ContainerVM");
  }

  test("suspends containers: they pause, a start resumes, a stop ends them", suspend);

  test("suspends containers where only a VM that is on can be powered off", async () => {
    await acts.lab.order("POST", "/assume", { refuseSuspended: true });
    await suspend();
    await acts.lab.order("DELETE", "/assume");
  });

  test("powers the vApp off and on: containers end, and run again", async () => {
    await acts.running();
    await acts.admin.call(await acts.vApp(), "PowerOffVApp_Task", { force: true });
    const { status } = await acts.until(({ state }) => state === "Exited");
    expect(status?.exit).toMatchObject({ code: 137, reason: "PoweredOff" });
    await acts.admin.call(await acts.vApp(), "PowerOnVApp_Task");
    await acts.until(({ state, run }) => state === "Running" && run === 2);
    await acts.gone();
  });

  test("puts a host into maintenance: running containers move", async () => {
    const before = await acts.running();
    const host = (await acts.admin.get(vmOf(before), "runtime.host")) as string;
    await acts.admin.call(host, "EnterMaintenanceMode_Task", { timeout: 0 });
    await acts.until(
      ({ vsphere }) => vsphere?.host !== before.vsphere?.host && vsphere?.host !== undefined,
    );
    acts.next();
    expect((await acts.running()).vsphere?.host).not.toBe(before.vsphere?.host);
    await acts.admin.call(host, "ExitMaintenanceMode_Task", { timeout: 0 });
    await acts.gone();
  });

  test("disconnects a host: what is known stands, and nothing is gone", async () => {
    const before = await acts.running();
    const host = (await acts.admin.get(vmOf(before), "runtime.host")) as string;
    await acts.admin.call(host, "DisconnectHost_Task");
    const { status } = await acts.reason("VMDisconnected");
    expect(status?.state).toBe("Running");
    await acts.admin.call(host, "ReconnectHost_Task");
    await acts.reason("Running");
    await acts.gone();
  });

  test("renames everything: VMs, vApp, folder, port group", async () => {
    await acts.running();
    const places = (await acts.tenant.get("VirtualContainerHost", "host")).status?.vsphere;
    for (const place of [places?.vApp, places?.folder, places?.portGroup])
      await acts.admin.call(place?.moRef, "Rename_Task", { newName: `${place?.name} by Bob` });
    await acts.tenant.until("VirtualContainerHost", "host", ({ status }) =>
      [status?.vsphere?.vApp, status?.vsphere?.folder, status?.vsphere?.portGroup].every(
        (place) => place?.name.endsWith(" by Bob") === true,
      ),
    );
    await acts.gone();
    acts.next();
    await acts.running();
    await acts.gone();
  });

  test("renames cluster or datastore: the host says what it misses, and containers can be deleted", async () => {
    for (const [object, was, why] of [
      [await acts.admin.cluster(), "Compute-1", "ComputeNotFound"],
      [await acts.admin.find("Datastore", "ssd-1"), "ssd-1", "DatastoreNotFound"],
    ] as const) {
      acts.next();
      await acts.running();
      await acts.admin.call(object, "Rename_Task", { newName: "other" });
      await acts.tenant.reason("VirtualContainerHost", "host", why);
      await acts.gone();
      await acts.admin.call(object, "Rename_Task", { newName: was });
      await acts.tenant.ready("VirtualContainerHost", "host");
    }
  });

  test("changes the VLAN of the bridge's port group: it is put right", async () => {
    const { portGroup } =
      (await acts.tenant.get("VirtualContainerHost", "host")).status?.vsphere ?? {};
    const vlan = async () =>
      acts.admin.get(portGroup?.moRef, "config.defaultPortConfig.vlan.vlanId") as Promise<number>;
    const spec = data("vim.dvs.DistributedVirtualPortgroup.ConfigSpec", {
      configVersion: await acts.admin.get(portGroup?.moRef, "config.configVersion"),
      defaultPortConfig: data("vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy", {
        vlan: data("vim.dvs.VmwareDistributedVirtualSwitch.VlanIdSpec", {
          vlanId: 7,
          inherited: false,
        }),
      }),
    });
    await acts.admin.call(portGroup?.moRef, "ReconfigureDVPortgroup_Task", { spec });
    await expect.poll(vlan).toBe(acts.tenant.vlan);
  });

  test("unmounts a datastore: containers are inaccessible, also to an operator that starts now", async () => {
    const before = await acts.running();
    await acts.lab.order("POST", "/datastores/ssd-1", { accessible: false });
    await acts.reason("VMInaccessible");
    await acts.setting.restartOperator();
    await sleep(2000);
    const { status } = await acts.tenant.get("ContainerVM", acts.name);
    expect(status?.state).toBe("Running");
    expect(findCondition(status?.conditions, "Ready")?.reason).not.toBe("Running");
    await acts.lab.order("POST", "/datastores/ssd-1", { accessible: true });
    const after = await acts.reason("Running");
    expect(after.status).toMatchObject({ id: before.id, run: before.run });
    await acts.gone();
  });
});
