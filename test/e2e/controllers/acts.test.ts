import { readdir } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ContainerVM } from "../../../src/api/containervm.gen.ts";
import { KINDS } from "../../../src/api/kinds.ts";
import { findCondition } from "../../../src/reconcile/conditions.ts";
import { Administrator, data, ref } from "./administrator.ts";
import { type Setting, startSetting } from "./setting.ts";

/** Administrators' acts at VMware's own client: docs/out-of-band.md says what comes of each. */
describe("an administrator", () => {
  let setting: Setting;
  let admin: Administrator;
  beforeAll(async () => {
    setting = await startSetting();
    admin = await Administrator.login(setting.lab);
    await setting.tenant.host("host");
    await setting.tenant.ready("VirtualContainerHost", "host");
  });
  afterAll(async () => {
    await admin?.close();
    await setting?.stop();
  });

  let number = 0;
  let name = "";
  beforeEach(() => {
    name = `c${++number}`;
  });

  type Status = NonNullable<ContainerVM["status"]>;
  const until = (holds: (status: Status) => boolean, of = name) =>
    setting.tenant.until(
      "ContainerVM",
      of,
      ({ status }) => status !== undefined && holds(status),
      60_000,
    );
  async function running(): Promise<Status> {
    await setting.tenant.container(name, ["sleep", "1000"]);
    const { status } = await until(
      ({ state, tools }) => state === "Running" && tools === "Running",
    );
    return status!;
  }
  const vmOf = ({ vsphere }: Status): string => vsphere?.moRef ?? "";
  const reason = (of: string) => setting.tenant.reason("ContainerVM", name, of);
  const start = (seq: number) =>
    setting.tenant.container(name, ["sleep", "1000"], { request: { seq, action: "Start" } });
  async function gone(of = name): Promise<void> {
    await setting.tenant.delete("ContainerVM", of);
    await setting.tenant.gone("ContainerVM", of);
  }
  const vApp = async (): Promise<string> =>
    (await setting.tenant.get("VirtualContainerHost", "host")).status?.vsphere?.vApp?.moRef ?? "";
  /** The files of a VM's directory, by what a status calls its path. */
  const filesAt = ({ vsphere }: Status): Promise<string[]> => {
    const [, datastore = "", file = ""] = /^\[(.*)\] (.*)$/.exec(vsphere?.path ?? "") ?? [];
    return readdir(path.join(setting.lab.datastore(datastore), path.dirname(file))).catch(
      (): string[] => [],
    );
  };
  /** A reference by type and name. */
  async function find(type: string, wanted: string): Promise<string> {
    const dc = (await admin.get("", "rootFolder.childEntity.0")) as string;
    const lists: Record<string, string> = { Datastore: "datastore", Network: "network" };
    const all = (await admin.get(dc, lists[type] ?? "")) as string[];
    for (const each of all) if ((await admin.get(each, "name")) === wanted) return each;
    throw new Error(`no ${type} ${wanted}`);
  }
  const folder = async (): Promise<string> =>
    (await admin.get(
      (await admin.get("", "rootFolder.childEntity.0")) as string,
      "vmFolder",
    )) as string;
  const cluster = async (): Promise<string> => {
    const dc = (await admin.get("", "rootFolder.childEntity.0")) as string;
    return (await admin.get(dc, "hostFolder.childEntity.0")) as string;
  };
  const rootPool = async (): Promise<string> =>
    (await admin.get(await cluster(), "resourcePool")) as string;

  test("takes snapshots: the container runs on, and its deletion takes their disks along", async () => {
    const before = await running();
    const vm = vmOf(before);
    const take = { name: "s", memory: false, quiesce: false };
    await admin.call(vm, "CreateSnapshot_Task", take);
    expect(await filesAt(before)).toContain(`${before.id}-000001.vmdk`);
    await admin.call(vm, "CreateSnapshot_Task", take);
    expect((await setting.tenant.get("ContainerVM", name)).status?.state).toBe("Running");
    await gone();
    expect(await filesAt(before)).toEqual([]);
    name = `c${++number}`;
    await running();
  });

  test("reverts to a snapshot: the container is off, and starts as it was then", async () => {
    const before = await running();
    const vm = vmOf(before);
    await admin.call(vm, "CreateSnapshot_Task", { name: "s", memory: false, quiesce: false });
    await admin.call(vm, "RevertToCurrentSnapshot_Task");
    const { status } = await until(({ state }) => state === "Exited");
    expect(status?.exit).toMatchObject({ code: 137, reason: "PoweredOff" });
    await start(1);
    await until(({ state, request }) => state === "Running" && request === 1);
    await admin.call(vm, "RemoveAllSnapshots_Task");
    expect(await filesAt(before)).not.toContain(`${before.id}-000001.vmdk`);
    await gone();
  });

  test("clones a container: the clone is a stranger, and stays whole", async () => {
    const before = await running();
    const vm = vmOf(before);
    const clone = (await admin.call(vm, "CloneVM_Task", {
      folder: ref(await folder()),
      name: `clone of ${name}`,
      spec: data("vim.vm.CloneSpec", {
        powerOn: true,
        template: false,
        location: data("vim.vm.RelocateSpec", { pool: ref(await vApp()) }),
      }),
    })) as string;
    await gone();
    expect(await admin.get(clone, "runtime.powerState")).toBe("poweredOn");
    expect(
      (await setting.tenant.client.list(KINDS.ContainerVM, { namespace: "team-a" })).items.filter(
        ({ metadata }) => metadata.name === name,
      ),
    ).toEqual([]);
    await admin.call(clone, "PowerOffVM_Task");
    await admin.call(clone, "PowerOnVM_Task");
    await admin.call(clone, "PowerOffVM_Task");
    await admin.call(clone, "Destroy_Task");
  });

  test("moves a container's VM out of the vApp: it is gone until it is back", async () => {
    const before = await running();
    const vm = vmOf(before);
    const move = async (to: string) => admin.call(to, "MoveIntoResourcePool", { list: [ref(vm)] });
    await move(await rootPool());
    await reason("VMMoved");
    await move(await vApp());
    const { status } = await until(({ state }) => state === "Running");
    expect(status).toMatchObject({ run: before.run, vsphere: { moRef: vm } });
    expect(status?.exit).toBeUndefined();
    await move(await rootPool());
    await reason("VMMoved");
    await gone();
    expect(await admin.get(vm, "runtime.powerState")).toBe("poweredOn");
    await admin.call(vm, "PowerOffVM_Task");
    await admin.call(vm, "Destroy_Task");
  });

  test("makes a template of one: it is gone until it is a VM again", async () => {
    const before = await running();
    const vm = vmOf(before);
    await admin.call(vm, "PowerOffVM_Task");
    await until(({ state }) => state === "Exited");
    await admin.call(vm, "MarkAsTemplate");
    await reason("VMTemplate");
    await admin.call(vm, "MarkAsVirtualMachine", { pool: ref(await vApp()) });
    await until(({ state }) => state === "Exited");
    await admin.call(vm, "MarkAsTemplate");
    await reason("VMTemplate");
    await gone();
    expect(await admin.get(vm, "config.template")).toBe(true);
    await admin.call(vm, "Destroy_Task");
  });

  test("suspends containers: they pause, a start resumes, a stop ends them", async () => {
    const before = await running();
    await admin.call(vmOf(before), "SuspendVM_Task");
    await reason("Suspended");
    await start(1);
    const { status } = await until(({ state }) => state === "Running");
    expect(status?.run).toBe(before.run);
    await admin.call(await vApp(), "SuspendVApp_Task");
    await reason("Suspended");
    await setting.tenant.container(name, ["sleep", "1000"], {
      request: { seq: 2, action: "Stop" },
    });
    const stopped = await until(({ state }) => state === "Exited");
    expect(stopped.status?.exit?.code).toBe(137);
    await gone();
    await setting.tenant.deleteAll("ContainerVM");
  });

  test("powers the vApp off and on: containers end, and run again", async () => {
    await running();
    await admin.call(await vApp(), "PowerOffVApp_Task", { force: true });
    const { status } = await until(({ state }) => state === "Exited");
    expect(status?.exit).toMatchObject({ code: 137, reason: "PoweredOff" });
    await admin.call(await vApp(), "PowerOnVApp_Task");
    await until(({ state, run }) => state === "Running" && run === 2);
    await gone();
  });

  test("moves its files to another datastore: status and deletion follow", async () => {
    await running();
    const vm = vmOf((await until(({ state }) => state === "Running")).status!);
    const spec = data("vim.vm.RelocateSpec", { datastore: ref(await find("Datastore", "hdd-1")) });
    await admin.call(vm, "RelocateVM_Task", { spec });
    const { status } = await until(({ vsphere }) => vsphere?.path?.startsWith("[hdd-1]") === true);
    expect(status?.state).toBe("Running");
    expect(await filesAt(status!)).toContain(path.basename(status?.vsphere?.path ?? ""));
    await gone();
    expect(await filesAt(status!)).toEqual([]);
  });

  test("puts a host into maintenance: running containers move", async () => {
    const before = await running();
    const host = (await admin.get(vmOf(before), "runtime.host")) as string;
    await admin.call(host, "EnterMaintenanceMode_Task", { timeout: 0 });
    await until(
      ({ vsphere }) => vsphere?.host !== before.vsphere?.host && vsphere?.host !== undefined,
    );
    name = `c${++number}`;
    expect((await running()).vsphere?.host).not.toBe(before.vsphere?.host);
    await admin.call(host, "ExitMaintenanceMode_Task", { timeout: 0 });
    await gone();
  });

  test("disconnects a host: what is known stands, and nothing is gone", async () => {
    const before = await running();
    const host = (await admin.get(vmOf(before), "runtime.host")) as string;
    await admin.call(host, "DisconnectHost_Task");
    const { status } = await reason("VMDisconnected");
    expect(status?.state).toBe("Running");
    await admin.call(host, "ReconnectHost_Task");
    await reason("Running");
    await gone();
  });

  test("renames everything: VMs, vApp, folder, port group", async () => {
    await running();
    const places = (await setting.tenant.get("VirtualContainerHost", "host")).status?.vsphere;
    for (const place of [places?.vApp, places?.folder, places?.portGroup])
      await admin.call(place?.moRef, "Rename_Task", { newName: `${place?.name} by Bob` });
    await setting.tenant.until("VirtualContainerHost", "host", ({ status }) =>
      [status?.vsphere?.vApp, status?.vsphere?.folder, status?.vsphere?.portGroup].every(
        (place) => place?.name.endsWith(" by Bob") === true,
      ),
    );
    await gone();
    name = `c${++number}`;
    await running();
    await gone();
  });

  test("renames cluster or datastore: the host says what it misses, and containers can be deleted", async () => {
    for (const [object, was, why] of [
      [await cluster(), "Compute-1", "ComputeNotFound"],
      [await find("Datastore", "ssd-1"), "ssd-1", "DatastoreNotFound"],
    ] as const) {
      name = `c${++number}`;
      await running();
      await admin.call(object, "Rename_Task", { newName: "other" });
      await setting.restartOperator();
      await setting.tenant.reason("VirtualContainerHost", "host", why, 60_000);
      await gone();
      await admin.call(object, "Rename_Task", { newName: was });
      await setting.restartOperator();
      await setting.tenant.ready("VirtualContainerHost", "host", 60_000);
    }
  });

  test("changes a container's VM: notes, shares, memory and keys are kept", async () => {
    const before = await running();
    const vm = vmOf(before);
    await admin.call(vm, "PowerOffVM_Task");
    await until(({ state }) => state === "Exited");
    const spec = data("vim.vm.ConfigSpec", {
      annotation: "Bob's",
      memoryMB: 256,
      extraConfig: [data("vim.option.OptionValue", { key: "bob", value: "was here" })],
    });
    await admin.call(vm, "ReconfigVM_Task", { spec });
    await start(1);
    await until(({ state, run }) => state === "Running" && run === 2);
    expect(await admin.get(vm, "config.annotation")).toBe("Bob's");
    expect(await admin.get(vm, "config.hardware.memoryMB")).toBe(256);
    await gone();
  });

  test("changes the VLAN of the bridge's port group: it is put right", async () => {
    const { portGroup } =
      (await setting.tenant.get("VirtualContainerHost", "host")).status?.vsphere ?? {};
    const vlan = async () =>
      admin.get(portGroup?.moRef, "config.defaultPortConfig.vlan.vlanId") as Promise<number>;
    const spec = data("vim.dvs.DistributedVirtualPortgroup.ConfigSpec", {
      configVersion: await admin.get(portGroup?.moRef, "config.configVersion"),
      defaultPortConfig: data("vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy", {
        vlan: data("vim.dvs.VmwareDistributedVirtualSwitch.VlanIdSpec", {
          vlanId: 7,
          inherited: false,
        }),
      }),
    });
    await admin.call(portGroup?.moRef, "ReconfigureDVPortgroup_Task", { spec });
    for (let tries = 0; tries < 100 && (await vlan()) === 7; tries++) await sleep(100);
    expect(await vlan()).toBe(setting.tenant.vlan);
  });

  test("unmounts a datastore: containers are inaccessible, also to an operator that starts now", async () => {
    const before = await running();
    await setting.lab.order("POST", "/datastores/ssd-1", { accessible: false });
    await reason("VMInaccessible");
    await setting.restartOperator();
    await sleep(2000);
    const { status } = await setting.tenant.get("ContainerVM", name);
    expect(status?.state).toBe("Running");
    expect(findCondition(status?.conditions, "Ready")?.reason).not.toBe("Running");
    await setting.lab.order("POST", "/datastores/ssd-1", { accessible: true });
    const after = await reason("Running");
    expect(after.status).toMatchObject({ id: before.id, run: before.run });
    await gone();
  });
});
