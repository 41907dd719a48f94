import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { namespaceKind } from "../../../src/kube/core-kinds.ts";
import { destroyEntity, powerOffVm } from "../../../src/vsphere/index.ts";
import { Tenant } from "./objects.ts";
import { type Setting, startSetting } from "./setting.ts";

/** Deleting takes everything of ours away, in any order, and nothing else. */
describe("deletion", () => {
  let setting: Setting;
  beforeAll(async () => {
    setting = await startSetting();
  });
  afterAll(() => setting.stop());

  const files = async (datastore = "ssd-1"): Promise<string[]> =>
    (await readdir(setting.lab.datastore(datastore))).filter((name) => !name.startsWith("."));

  test("a host under Protect waits for a person, and names what is in it", async () => {
    const { tenant } = setting;
    await tenant.host("host", { deletionPolicy: "Protect" });
    await tenant.container("c1", ["sleep", "1000"]);
    await tenant.reason("ContainerVM", "c1", "Running");
    await tenant.delete("VirtualContainerHost", "host");
    const blocked = await tenant.reason("VirtualContainerHost", "host", "DeletionBlocked");
    expect(JSON.stringify(blocked.status?.conditions)).toContain("team-a/c1");
    await tenant.delete("ContainerVM", "c1");
    await tenant.gone("VirtualContainerHost", "host");
    expect(await setting.lab.tree()).not.toContain("team-a");
    expect(await setting.lab.vms()).toEqual([]);
    expect(await files()).toEqual([]);
  });

  test("a stranger's VM in the vApp survives, and the condition names it", async () => {
    const { tenant, admin, lab } = setting;
    await tenant.host("host");
    const host = await tenant.ready("VirtualContainerHost", "host");
    const stranger = await admin.makeVm("bobs-vm", admin.ref(host.status?.vsphere?.vApp?.moRef));
    await tenant.container("c1", ["sleep", "1000"]);
    await tenant.reason("ContainerVM", "c1", "Running");
    await tenant.delete("VirtualContainerHost", "host");
    const blocked = await tenant.reason("VirtualContainerHost", "host", "DeletionBlocked");
    expect(JSON.stringify(blocked.status?.conditions)).toContain("bobs-vm");
    expect((await lab.vms()).map(({ name }) => name)).toEqual(["bobs-vm"]);
    await admin.vsphere.tasks.run(destroyEntity(admin.vsphere, stranger));
    await tenant.gone("VirtualContainerHost", "host");
    expect(await lab.tree()).not.toContain("team-a");
  });

  test("a namespace goes at once, whatever is in it", async () => {
    const { tenant, lab } = setting;
    const other = new Tenant(tenant.client, lab, "team-b");
    await other.server();
    await other.apply("VolumeStore", "fast", {
      serverRef: { name: "lab" },
      datastore: { name: "hdd-1", path: "team-b/volumes" },
      reclaimPolicy: "Delete",
    });
    await other.host("host", { volumeStores: [{ name: "default", ref: "fast" }] });
    await other.container("c1", ["sleep", "1000"]);
    await other.container("c2", ["true"]);
    await other.reason("ContainerVM", "c1", "Running");
    expect(existsSync(path.join(lab.datastore("hdd-1"), "team-b/volumes/vic-owner.json"))).toBe(
      true,
    );
    await other.client.delete(namespaceKind, { name: "team-b" });
    for (const [kind, name] of [
      ["ContainerVM", "c1"],
      ["VirtualContainerHost", "host"],
      ["VolumeStore", "fast"],
      ["VSphereServer", "lab"],
    ] as const)
      await other.gone(kind, name);
    expect(await lab.tree()).not.toContain("team-b");
    expect(await files()).toEqual([]);
    expect(await files("hdd-1")).toEqual([]);
  });

  test("directories that were there before stay, those that were made go with the last claim in them", async () => {
    const { tenant, lab } = setting;
    await mkdir(path.join(lab.datastore("ssd-1"), "there/before"), { recursive: true });
    const store = (name: string, directory: string) =>
      tenant.apply("VolumeStore", name, {
        serverRef: { name: "lab" },
        datastore: { name: "ssd-1", path: directory },
        reclaimPolicy: "Delete",
      });
    await store("in-both", "there/new/volumes");
    await store("in-old", "there/before");
    await tenant.host("host", { imageStore: { datastore: "ssd-1", path: "there/new" } });
    await tenant.ready("VolumeStore", "in-both");
    await tenant.ready("VolumeStore", "in-old");
    await tenant.ready("VirtualContainerHost", "host");
    for (const [kind, name] of [
      ["VolumeStore", "in-both"],
      ["VolumeStore", "in-old"],
      ["VirtualContainerHost", "host"],
    ] as const) {
      await tenant.delete(kind, name);
      await tenant.gone(kind, name);
    }
    expect(await readdir(path.join(lab.datastore("ssd-1"), "there"))).toEqual(["before"]);
    expect(await readdir(path.join(lab.datastore("ssd-1"), "there/before"))).toEqual([]);
    await rm(path.join(lab.datastore("ssd-1"), "there"), { recursive: true });
  });

  test("what vanished in vSphere before is no obstacle", async () => {
    const { tenant, admin, lab } = setting;
    await tenant.host("host");
    await tenant.container("c1", ["sleep", "1000"]);
    const container = await tenant.reason("ContainerVM", "c1", "Running");
    const places = (await tenant.get("VirtualContainerHost", "host")).status?.vsphere;
    await setting.operator.stop();
    for (const { moref } of (await lab.vms()).filter(({ power }) => power === "poweredOn"))
      await admin.vsphere.tasks.run(
        powerOffVm(
          admin.vsphere,
          admin.vm(moref.includes(":") ? moref : `VirtualMachine:${moref}`),
        ),
      );
    await admin.vsphere.tasks.run(destroyEntity(admin.vsphere, admin.ref(places?.vApp?.moRef)));
    await admin.vsphere.tasks.run(destroyEntity(admin.vsphere, admin.ref(places?.folder?.moRef)));
    await admin.deletePath(`[ssd-1] team-a`);
    await admin.deletePath(`[ssd-1] ${container.status?.id}`).catch(() => undefined);
    await tenant.delete("VirtualContainerHost", "host");
    await setting.startOperator();
    await tenant.gone("VirtualContainerHost", "host");
    await tenant.gone("ContainerVM", "c1");
    expect(await lab.tree()).not.toContain("team-a");
  });

  test("Orphan leaves everything in vSphere", async () => {
    const { tenant, lab } = setting;
    await tenant.host("host", { deletionPolicy: "Orphan" });
    await tenant.container("c1", ["sleep", "1000"]);
    await tenant.reason("ContainerVM", "c1", "Running");
    await tenant.delete("VirtualContainerHost", "host");
    await tenant.gone("VirtualContainerHost", "host");
    await tenant.delete("ContainerVM", "c1");
    await tenant.gone("ContainerVM", "c1");
    expect((await lab.vms()).some(({ name }) => name.startsWith("c1-"))).toBe(true);
  });
});
