// The one property watch on a vCenter: what it tells, and what it survives.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  connect,
  createChildVm,
  destroyEntity,
  findVmByInstanceUuid,
  moref,
  type ObjectChange,
  powerOffVm,
  powerOnVm,
  readVApp,
  registerChildVm,
  renameEntity,
  unregisterVm,
  updateAllocation,
  type VAppRef,
  type VmChange,
  type VSphere,
} from "../../../src/vsphere/index.ts";
import { createTestVApp, createTestVm, testVmSpec } from "./objects.ts";
import { TcpProxy } from "./tcp-proxy.ts";
import { TestVcenter } from "./vcenter.ts";

let vcenter: TestVcenter;
let vs: VSphere;
let vApp: VAppRef;
let changes: VmChange[];

beforeAll(async () => {
  vcenter = await TestVcenter.start();
});
afterAll(() => vcenter?.stop());
beforeEach(async () => {
  vs = await connect({
    ...vcenter.login,
    extraConfigKeys: ["vic.container.id", "guestinfo.vic.report"],
  });
  vApp = await createTestVApp(vs);
  changes = [];
  vs.inventory.onVmChange((change) => changes.push(change));
});
afterEach(async () => {
  await vcenter.clearFaults();
  await vs?.close();
});

const told = (): string[] => changes.map(({ kind, vm }) => `${kind} ${vm.name}`);

describe("a watch", () => {
  test("of what doesn't exist rejects, and leaves the others alone", async () => {
    const missing = vs.inventory.watchVms(moref("VirtualApp", "resgroup-v999999"));
    await expect(missing.synced).rejects.toMatchObject({ fault: "ManagedObjectNotFound" });
    const watch = vs.inventory.watchVms(vApp);
    await watch.synced;
    expect(watch.isSynced).toBe(true);
    expect(vs.inventory.synced).toBe(true);
  });

  test("of an empty vApp is in sync, also as the second one", async () => {
    await vs.inventory.watchVms(vApp).synced;
    await vs.inventory.watchVms(await createTestVApp(vs)).synced;
    expect(vs.inventory.vms()).toEqual([]);
  });

  test("knows the VMs that were there before, as the second one too", async () => {
    const second = await createTestVApp(vs);
    await createTestVm(vs, vApp, "a");
    await createTestVm(vs, second, "b");
    await vs.inventory.watchVms(vApp).synced;
    await vs.inventory.watchVms(second).synced;
    expect(vs.inventory.vms(vApp).map(({ name }) => name)).toEqual(["a"]);
    expect(vs.inventory.vms(second).map(({ name }) => name)).toEqual(["b"]);
  });

  test("tells of creation, power, renaming and leaving", async () => {
    await vs.inventory.watchVms(vApp).synced;
    const vm = await createTestVm(vs, vApp, "life");
    await vs.tasks.run(powerOnVm(vs, vm));
    await expect.poll(() => vs.inventory.vm(vm)?.powerState).toBe("poweredOn");
    await vs.tasks.run(renameEntity(vs, vm, "renamed"));
    await vs.tasks.run(powerOffVm(vs, vm));
    await unregisterVm(vs, vm);
    await expect.poll(told).toContain("leave renamed");
    expect(told()[0]).toBe("enter life");
    expect(changes.some(({ changed }) => changed.has("name"))).toBe(true);
    expect(vs.inventory.vm(vm)).toBeUndefined();
  });

  test("finds a VM again that was unregistered and registered", async () => {
    await vs.inventory.watchVms(vApp).synced;
    const instanceUuid = crypto.randomUUID();
    const before = await createTestVm(vs, vApp, "back", { instanceUuid });
    await expect.poll(() => vs.inventory.vm(before)?.vmPathName).toBeDefined();
    const path = vs.inventory.vm(before)!.vmPathName!;
    await unregisterVm(vs, before);
    expect(await findVmByInstanceUuid(vs, instanceUuid)).toBeUndefined();
    const registered = await vs.tasks.run(registerChildVm(vs, vApp, path));
    expect(registered.state).toBe("success");
    const after = await findVmByInstanceUuid(vs, instanceUuid);
    expect(after).toBeDefined();
    await expect.poll(() => vs.inventory.vmByInstanceUuid(instanceUuid)?.ref).toEqual(after);
    expect(vs.inventory.vm(before)).toBeUndefined();
  });

  test("keeps markers, identity and place of a VM", async () => {
    await vs.inventory.watchVms(vApp).synced;
    const instanceUuid = crypto.randomUUID();
    const vm = await createTestVm(vs, vApp, "marked", {
      instanceUuid,
      extraConfig: [
        { key: "vic.container.id", value: "c0ffee" },
        { key: "guestinfo.vic.report", value: "{}" },
        { key: "unwatched", value: "x" },
      ],
    });
    await expect.poll(() => vs.inventory.vmByInstanceUuid(instanceUuid)?.ref).toEqual(vm);
    expect(vs.inventory.vm(vm)).toMatchObject({
      name: "marked",
      instanceUuid,
      powerState: "poweredOff",
      connectionState: "connected",
      vmPathName: expect.stringMatching(/^\[ssd-1\] marked-\d+\/marked-\d+\.vmx$/),
      numCpu: 1,
      memoryMiB: 64,
      extraConfig: { "vic.container.id": "c0ffee", "guestinfo.vic.report": "{}" },
    });
  });

  test("that is closed tells nothing more, not even that its VMs leave", async () => {
    const watch = vs.inventory.watchVms(vApp);
    const vm = await createTestVm(vs, vApp, "forgotten");
    await watch.synced;
    await expect.poll(() => vs.inventory.vm(vm)?.name).toBe("forgotten");
    await watch.close();
    changes.length = 0;
    await vs.tasks.run(powerOnVm(vs, vm));
    await vs.inventory.watchVms(await createTestVApp(vs)).synced;
    expect(told()).toEqual([]);
    expect(vs.inventory.vm(vm)).toBeUndefined();
  });

  test("costs no call while nothing happens", async () => {
    await vs.inventory.watchVms(vApp).synced;
    await vcenter.resetCalls();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const { WaitForUpdatesEx: _, ...others } = await vcenter.calls();
    expect(others).toEqual({});
  });
});

describe("after it was broken, the watch tells the differences only", () => {
  const breaks: [string, () => Promise<unknown>][] = [
    ["the session was terminated", () => vcenter.terminateSessions()],
    ["vCenter was restarted", () => vcenter.restart()],
    ["vCenter was stopped, and another process took its place", () => vcenter.replace()],
  ];
  test.each(breaks)("%s", async (_, breakIt) => {
    const [stays, leaves, changing] = await Promise.all(
      ["stays", "leaves", "changes"].map((name) => createTestVm(vs, vApp, name)),
    );
    await vs.inventory.watchVms(vApp).synced;
    expect(vs.inventory.vms(vApp)).toHaveLength(3);
    changes.length = 0;

    // Attempts to come back fail meanwhile, so that what happens now isn't heard of.
    await vcenter.fault({ method: "CreatePropertyCollector", fault: "SystemError" });
    await breakIt();
    const other = await vcenter.otherLogin();
    await unregisterVm(other, leaves!);
    await powerOnVm(other, changing!);
    await createChildVm(other, vApp, testVmSpec("comes"));
    await vcenter.clearFaults();
    await other.close();

    const present = (): Set<unknown> => new Set(vs.inventory.vms(vApp).map(({ name }) => name));
    await expect.poll(present).toEqual(new Set(["changes", "comes", "stays"]));
    await vs.inventory.whenSynced();
    expect(told().filter((text) => !text.startsWith("modify"))).toEqual(
      expect.arrayContaining(["enter comes", "leave leaves"]),
    );
    expect(changes.filter(({ ref }) => ref.value === stays!.value)).toEqual([]);
    await expect.poll(() => vs.inventory.vm(changing!)?.powerState).toBe("poweredOn");
  });

  const networks: [string, (proxy: TcpProxy) => void][] = [
    ["its connections were cut", (proxy) => proxy.cut()],
    ["its connections died silently", (proxy) => proxy.freeze()],
  ];
  test.each(networks)("%s", async (_, breakIt) => {
    const proxy = await TcpProxy.start(Number(new URL(vcenter.login.url).port));
    const url = `https://127.0.0.1:${proxy.port}`;
    const far = await connect({ ...vcenter.login, url, callTimeoutMs: 5_000 });
    await far.inventory.watchVms(vApp).synced;
    breakIt(proxy);
    const vm = await createTestVm(vs, vApp, "unheard");
    // Somebody's call notices; the watch goes by that.
    const look = (): Promise<unknown> => readVApp(far, vApp).catch(() => undefined);
    await expect.poll(async () => (await look()) && far.inventory.vm(vm)?.name).toBe("unheard");
    expect(far.state).toEqual({ connected: true });
    await far.close();
    proxy.stop();
  });

  test("while the server refuses a container's view, its VMs aren't taken for gone", async () => {
    const stays = await createTestVm(vs, vApp, "stays");
    const leaves = await createTestVm(vs, vApp, "leaves");
    await vs.inventory.watchVms(vApp).synced;
    await expect.poll(() => vs.inventory.vms(vApp)).toHaveLength(2);
    changes.length = 0;

    await vcenter.fault({ method: "CreateContainerView", fault: "SystemError" });
    await vcenter.terminateSessions();
    const tasks = vs.tasks.run(powerOnVm(vs, stays));
    await unregisterVm(vs, leaves);
    // The end of a task comes through the same wait, which therefore stands again.
    await tasks;
    expect(vs.inventory.vms(vApp)).toHaveLength(2);
    expect(vs.inventory.isSynced(vApp)).toBe(false);
    expect(vs.inventory.synced).toBe(false);
    expect(told()).toEqual([]);

    await vcenter.clearFaults();
    await vs.inventory.whenSynced();
    expect(vs.inventory.isSynced(vApp)).toBe(true);
    expect(told()).toEqual(["modify stays", "leave leaves"]);
  });

  test("its collector was destroyed", async () => {
    expect.hasAssertions();
    await vs.inventory.watchVms(vApp).synced;
    await vcenter.fault({ method: "WaitForUpdatesEx", fault: "ManagedObjectNotFound", count: 1 });
    const vm = await createTestVm(vs, vApp, "kicks the wait");
    await expect.poll(() => vs.inventory.vm(vm)?.name).toBe("kicks the wait");
    await createTestVm(vs, vApp, "afterwards");
    await expect.poll(told).toEqual(["enter kicks the wait", "enter afterwards"]);
  });
});

describe("a watched object", () => {
  test("that doesn't exist rejects", async () => {
    const watch = vs.inventory.watchObject(
      moref("Folder", "group-v999999"),
      ["name"],
      () => undefined,
    );
    await expect(watch.synced).rejects.toThrow("doesn't exist");
  });

  test("with a property that it hasn't rejects, and breaks nothing else", async () => {
    const watch = vs.inventory.watchObject(vApp, ["nonsense"], () => undefined);
    await expect(watch.synced).rejects.toMatchObject({ fault: "InvalidProperty" });
    await vs.inventory.watchVms(vApp).synced;
  });

  test("tells its first values, changes, and its end", async () => {
    const seen: ObjectChange[] = [];
    await vs.inventory.watchObject(vApp, ["name", "config"], (change) => seen.push(change)).synced;
    expect(seen).toMatchObject([{ kind: "enter", ref: vApp }]);
    await updateAllocation(vs, vApp, { memory: { limit: 4096 } });
    await expect
      .poll(() => seen.at(-1))
      .toMatchObject({
        kind: "modify",
        props: { config: { memoryAllocation: { limit: 4096 } } },
      });
    expect(await readVApp(vs, vApp)).toMatchObject({ memory: { limit: 4096 }, cpu: { limit: -1 } });
    await vs.tasks.run(destroyEntity(vs, vApp));
    await expect.poll(() => seen.at(-1)?.kind).toBe("leave");
  });
});

test("a thousand VMs are synced, each once", async () => {
  const names = Array.from({ length: 1_000 }, (_, i) => `many-${i}`);
  await Promise.all(names.map((name) => createTestVm(vs, vApp, name)));
  const other = await vcenter.otherLogin();
  const entered: string[] = [];
  other.inventory.onVmChange(({ kind, vm }) => entered.push(`${kind} ${vm.name}`));
  await other.inventory.watchVms(vApp).synced;
  expect(other.inventory.vms(vApp)).toHaveLength(1_000);
  expect(entered.toSorted()).toEqual(names.map((name) => `enter ${name}`).toSorted());
  await other.close();
});
