import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { KINDS } from "../../../src/api/kinds.ts";
import { Acts, vmOf } from "./acts.ts";
import { data, ref } from "./pyvmomi-administrator.ts";

/** Administrators' acts on a container's VM at VMware's own client: docs/out-of-band.md says what comes of each. */
describe("an administrator", () => {
  let acts: Acts;
  beforeAll(async () => {
    acts = await Acts.start();
  });
  afterAll(() => acts?.stop());
  beforeEach(() => acts.next());

  test("takes snapshots: the container runs on, and its deletion takes their disks along", async () => {
    const before = await acts.running();
    const vm = vmOf(before);
    const take = { name: "s", memory: false, quiesce: false };
    await acts.admin.call(vm, "CreateSnapshot_Task", take);
    expect(await acts.filesAt(before)).toContain(`${before.id}-000001.vmdk`);
    await acts.admin.call(vm, "CreateSnapshot_Task", take);
    expect((await acts.tenant.get("ContainerVM", acts.name)).status?.state).toBe("Running");
    await acts.gone();
    expect(await acts.filesAt(before)).toEqual([]);
    acts.next();
    await acts.running();
  });

  test("reverts to a snapshot: the container is off, and starts as it was then", async () => {
    const before = await acts.running();
    const vm = vmOf(before);
    await acts.admin.call(vm, "CreateSnapshot_Task", { name: "s", memory: false, quiesce: false });
    await acts.admin.call(vm, "RevertToCurrentSnapshot_Task");
    const { status } = await acts.until(({ state }) => state === "Exited");
    expect(status?.exit).toMatchObject({ code: 137, reason: "PoweredOff" });
    await acts.request(1, "Start");
    await acts.until(({ state, request }) => state === "Running" && request === 1);
    await acts.admin.call(vm, "RemoveAllSnapshots_Task");
    expect(await acts.filesAt(before)).not.toContain(`${before.id}-000001.vmdk`);
    await acts.gone();
  });

  test("clones a container: the clone is a stranger, and stays whole", async () => {
    const before = await acts.running();
    const vm = vmOf(before);
    const clone = (await acts.admin.call(vm, "CloneVM_Task", {
      folder: ref(await acts.admin.folder()),
      name: `clone of ${acts.name}`,
      spec: data("vim.vm.CloneSpec", {
        powerOn: true,
        template: false,
        location: data("vim.vm.RelocateSpec", { pool: ref(await acts.vApp()) }),
      }),
    })) as string;
    await acts.gone();
    expect(await acts.admin.get(clone, "runtime.powerState")).toBe("poweredOn");
    expect(
      (await acts.tenant.client.list(KINDS.ContainerVM, { namespace: "team-a" })).items.filter(
        ({ metadata }) => metadata.name === acts.name,
      ),
    ).toEqual([]);
    await acts.admin.call(clone, "PowerOffVM_Task");
    await acts.admin.call(clone, "PowerOnVM_Task");
    await acts.admin.call(clone, "PowerOffVM_Task");
    await acts.admin.call(clone, "Destroy_Task");
  });

  test("moves a container's VM out of the vApp: it is gone until it is back", async () => {
    const before = await acts.running();
    const vm = vmOf(before);
    const move = async (to: string) =>
      acts.admin.call(to, "MoveIntoResourcePool", { list: [ref(vm)] });
    await move(await acts.admin.rootPool());
    await acts.reason("VMMoved");
    await move(await acts.vApp());
    const { status } = await acts.until(({ state }) => state === "Running");
    expect(status).toMatchObject({ run: before.run, vsphere: { moRef: vm } });
    expect(status?.exit).toBeUndefined();
    await move(await acts.admin.rootPool());
    await acts.reason("VMMoved");
    await acts.gone();
    expect(await acts.admin.get(vm, "runtime.powerState")).toBe("poweredOn");
    await acts.admin.call(vm, "PowerOffVM_Task");
    await acts.admin.call(vm, "Destroy_Task");
  });

  test("makes a template of one: it is gone until it is a VM again", async () => {
    const before = await acts.running();
    const vm = vmOf(before);
    await acts.admin.call(vm, "PowerOffVM_Task");
    await acts.until(({ state }) => state === "Exited");
    await acts.admin.call(vm, "MarkAsTemplate");
    await acts.reason("VMTemplate");
    await acts.admin.call(vm, "MarkAsVirtualMachine", { pool: ref(await acts.vApp()) });
    await acts.until(({ state }) => state === "Exited");
    await acts.admin.call(vm, "MarkAsTemplate");
    await acts.reason("VMTemplate");
    await acts.gone();
    expect(await acts.admin.get(vm, "config.template")).toBe(true);
    await acts.admin.call(vm, "Destroy_Task");
  });

  test("moves its files to another datastore: status and deletion follow", async () => {
    await acts.running();
    const vm = vmOf((await acts.until(({ state }) => state === "Running")).status!);
    const spec = data("vim.vm.RelocateSpec", {
      datastore: ref(await acts.admin.find("Datastore", "hdd-1")),
    });
    await acts.admin.call(vm, "RelocateVM_Task", { spec });
    const { status } = await acts.until(
      ({ vsphere }) => vsphere?.path?.startsWith("[hdd-1]") === true,
    );
    expect(status?.state).toBe("Running");
    expect(await acts.filesAt(status!)).toContain(path.basename(status?.vsphere?.path ?? ""));
    await acts.gone();
    expect(await acts.filesAt(status!)).toEqual([]);
  });

  test("changes a container's VM: notes, shares, memory and keys are kept", async () => {
    const before = await acts.running();
    const vm = vmOf(before);
    await acts.admin.call(vm, "PowerOffVM_Task");
    await acts.until(({ state }) => state === "Exited");
    const spec = data("vim.vm.ConfigSpec", {
      annotation: "Bob's",
      memoryMB: 256,
      extraConfig: [data("vim.option.OptionValue", { key: "bob", value: "was here" })],
    });
    await acts.admin.call(vm, "ReconfigVM_Task", { spec });
    await acts.request(1, "Start");
    await acts.until(({ state, run }) => state === "Running" && run === 2);
    expect(await acts.admin.get(vm, "config.annotation")).toBe("Bob's");
    expect(await acts.admin.get(vm, "config.hardware.memoryMB")).toBe(256);
    await acts.gone();
  });

  test("sets attributes, alarms and tags: what they hang on stays the same object, and they with it", async () => {
    const before = await acts.running();
    const [vm, vApp] = [vmOf(before), await acts.vApp()];
    const fields = (await acts.admin.get("", "customFieldsManager")) as string;
    await acts.admin.call(fields, "AddCustomFieldDef", { name: "Cost centre" });
    for (const each of [vm, vApp])
      await acts.admin.call(each, "SetCustomValue", { key: "Cost centre", value: "7" });
    // All that is done to a container and its host in a long life.
    await acts.request(1, "Stop");
    await acts.until(({ state }) => state === "Exited");
    await acts.setting.restartOperator();
    await acts.admin.call(vApp, "UpdateConfig", {
      name: "Bob's",
      config: data("vim.ResourceConfigSpec", {
        cpuAllocation: data("vim.ResourceAllocationInfo", { limit: 5000 }),
        memoryAllocation: data("vim.ResourceAllocationInfo", { limit: -1 }),
      }),
    });
    await acts.request(2, "Start");
    const { status: after } = await acts.until(
      ({ state, run }) => state === "Running" && run === 2,
    );
    // vCenter keeps alarms and tags by the reference of what they hang on.
    expect(vmOf(after!)).toBe(vm);
    expect(await acts.vApp()).toBe(vApp);
    for (const each of [vm, vApp]) expect(await acts.admin.get(each, "value.0.value")).toBe("7");
    await acts.gone();
  });
});
