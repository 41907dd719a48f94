import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { instanceUuid, workerId } from "../../../src/api/identity.ts";
import { KINDS } from "../../../src/api/kinds.ts";
import {
  formatHostMarker,
  formatOwnerFile,
  OWNER_ATTRIBUTE,
  type VmMarker,
  vmMarkerEntries,
} from "../../../src/api/markers.ts";
import { IN_USE_FINALIZER } from "../../../src/api/metadata.ts";
import type { VirtualContainerHost } from "../../../src/api/virtualcontainerhost.gen.ts";
import { check } from "../../../src/check/check.ts";
import { type Finding, isFault } from "../../../src/check/finding.ts";
import { observe } from "../../../src/check/observe.ts";
import { secretKind } from "../../../src/kube/core-kinds.ts";
import {
  addHostPortGroup,
  addPortGroup,
  createChildVm,
  createFolder,
  createResourcePool,
  createVApp,
  defineAttribute,
  destroyEntity,
  deviceChanges,
  findCompute,
  findSwitch,
  findVmByInstanceUuid,
  type MoRef,
  readHostNetworks,
  readVApp,
  readVmHardware,
  reconfigureVm,
  removeHostPortGroup,
  setAttribute,
  unregisterVm,
} from "../../../src/vsphere/index.ts";
import { keeperServed } from "../controllers/quiet.ts";
import { type Setting, startSetting } from "../controllers/setting.ts";

// `vic check` finds nothing where everything is in order, and of each kind of leak that is planted exactly that one.

let setting: Setting;
let host: VirtualContainerHost;
beforeAll(async () => {
  setting = await startSetting();
  const { tenant } = setting;
  await tenant.host("host");
  host = await tenant.ready("VirtualContainerHost", "host");
  // Marked and unmarkable places that the first one hasn't.
  await tenant.host("pooled", {
    compute: { cluster: "Compute-1", container: "ResourcePool" },
    imageStore: { datastore: "ssd-1", path: "pooled" },
    networks: { bridge: { switch: "vSwitch0" }, management: { portGroup: "VM Network" } },
  });
  await tenant.ready("VirtualContainerHost", "pooled");
  for (const name of ["kept", "lost", "going"]) await tenant.container(name, ["sleep", "1000"]);
  for (const name of ["kept", "lost", "going"])
    await tenant.until("ContainerVM", name, ({ status }) => status?.state === "Running");
  host = await tenant.get("VirtualContainerHost", "host");
});
afterAll(() => setting?.stop());

const main = path.resolve(import.meta.dirname, "../../../src/main.ts");

/** `vic check`, as a person calls it. */
async function vicCheck(...args: string[]): Promise<{ code: number; stdout: string }> {
  const env = { KUBECONFIG: setting.lab.kubeconfig };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [main, "check", ...args], {
      env,
    });
    return { code: 0, stdout };
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string };
    return { code, stdout };
  }
}

const told = ({ code, where }: Finding): string => `${code} ${where}`;

test("an installation in order has no findings", async () => {
  // What nobody waits for, such as the keeper, is done a moment later.
  await keeperServed(setting.tenant, "host");
  expect(await vicCheck("--verbose")).toEqual({
    code: 0,
    stdout: "Everything asked for is there once, and nothing besides.\n",
  });
  await setting.operator.stop();
});

test("each kind of leak is found, once, and nothing of others", async () => {
  const { lab, admin, tenant } = setting;
  const { vsphere, datacenter } = admin;
  const { id = "", installation = "" } = host.status ?? {};
  const key = "team-a/host";
  const nobody = "11111111-2222-4333-8444-555555555555";
  const vApp = admin.ref(host.status?.vsphere?.vApp?.moRef);
  const store = lab.datastore("ssd-1");
  const plantVm = async (name: string, marker: VmMarker, uuid?: string): Promise<void> => {
    const extraConfig = vmMarkerEntries(marker).map(([k, value]) => ({ key: k, value }));
    const task = createChildVm(vsphere, vApp, {
      name,
      guestId: "otherLinux64Guest",
      numCPUs: 1,
      memoryMB: 64,
      files: { vmPathName: `[ssd-1] ${name}/${name}.vmx` },
      extraConfig,
      ...(uuid === undefined ? {} : { instanceUuid: uuid }),
    });
    await vsphere.tasks.run(task);
  };
  const role = "container";
  const marker = { installation, hostId: id, host: key, container: "team-a/x", role } as const;

  // VMs: a leaked one, an administrator's copy, another installation's, a stranger.
  const leaked = "a".repeat(64);
  await plantVm("leaked", { ...marker, id: leaked }, instanceUuid(id, leaked));
  await plantVm("copy", { ...marker, id: leaked });
  const other = { ...marker, installation: "other", hostId: nobody, id: "b".repeat(64) };
  await plantVm("others", other, instanceUuid(nobody, other.id));
  await admin.makeVm("stranger", vApp);
  // A resource without its VM, whose directory stays.
  const lost = await tenant.get("ContainerVM", "lost");
  const lostVm = admin.vm(lost.status?.vsphere?.moRef);
  await vsphere.tasks.run(vsphere.call("PowerOffVM_Task", lostVm, {}));
  await unregisterVm(vsphere, lostVm);
  // A disk that stayed on the worker.
  const worker = (await findVmByInstanceUuid(vsphere, instanceUuid(id, workerId(id))))!;
  const { devices } = (await readVmHardware(vsphere, worker))!;
  const changes = deviceChanges(devices);
  const controllerKey = devices.find(({ type }) => type.endsWith("SCSIController"))!.key;
  const left = `[ssd-1] team-a/VIC/${id}/images/left`;
  await mkdir(path.join(store, `team-a/VIC/${id}/images/left`));
  changes.addDisk({ controllerKey, path: `${left}/left.vmdk`, create: { capacityKiB: 1024 } });
  await vsphere.tasks.run(reconfigureVm(vsphere, worker, { deviceChange: changes.changes }));
  // Places of hosts that don't exist.
  const text = formatHostMarker({ installation, host: "gone/host", id: nobody });
  const folder = await createFolder(vsphere, datacenter.vmFolder, "gone-folder");
  const attribute = await defineAttribute(vsphere, OWNER_ATTRIBUTE);
  await setAttribute(vsphere, folder, attribute, text);
  const begun = `vic-${nobody}`;
  await createFolder(vsphere, datacenter.vmFolder, begun);
  const pool = (await readVApp(vsphere, vApp))!.parent as MoRef;
  await createVApp(vsphere, pool, { name: "gone-vapp", folder, annotation: text });
  const gonePool = await createResourcePool(vsphere, pool, { name: "gone-pool" });
  await setAttribute(vsphere, gonePool, attribute, text);
  await createResourcePool(vsphere, pool, { name: begun });
  const othersText = formatHostMarker({ installation: "other", host: "gone/host", id: nobody });
  const othersPool = await createResourcePool(vsphere, pool, { name: "others-pool" });
  await setAttribute(vsphere, othersPool, attribute, othersText);
  const dvs = await findSwitch(vsphere, datacenter, "DVS-East");
  const group = { name: "gone-group", description: text, vlan: 7 };
  await vsphere.tasks.run(addPortGroup(vsphere, dvs.ref, group));
  const { ref: compute } = await findCompute(vsphere, datacenter, "Compute-1");
  const [esx] = await readHostNetworks(vsphere, compute);
  const standard = { switchName: "vSwitch0", vlan: 0 };
  const ofWhom = "gone.host-bridge-0123456789ab";
  await addHostPortGroup(vsphere, esx!.system, { ...standard, name: ofWhom });
  // What one ESXi host lost the next one still has; a pool has nobody else.
  const pooled = await tenant.get("VirtualContainerHost", "pooled");
  await removeHostPortGroup(vsphere, esx!.system, pooled.status!.vsphere!.portGroup!.name);
  const ownPool = pooled.status?.vsphere?.resourcePool;
  await vsphere.tasks.run(destroyEntity(vsphere, admin.ref(ownPool?.moRef)));
  // Files and directories.
  const lay = async (file: string, content = ""): Promise<void> => {
    await mkdir(path.dirname(path.join(store, file)), { recursive: true });
    await writeFile(path.join(store, file), content);
  };
  const dead = "d".repeat(64);
  await lay(`${dead}/${dead}.vmx`, `vic.installation = "${installation}"\n`);
  await lay(`${"e".repeat(64)}/${"e".repeat(64)}.vmx`, 'vic.installation = "other"\n');
  await lay(`${"f".repeat(64)}/disk.vmdk`);
  await lay(`team-a/VIC/${id}/iso/0123456789abcdef.iso`);
  await lay(`team-a/VIC/${id}/images/${dead}/${dead}.vmdk`);
  await lay(`team-a/VIC/${nobody}/x`);
  const owner = { kind: "VolumeStore", namespace: "gone", name: "store", id: nobody } as const;
  await lay("gone/vic-owner.json", formatOwnerFile({ ...owner, installation }));
  await lay("others/vic-owner.json", formatOwnerFile({ ...owner, installation: "other" }));
  const { items } = await tenant.client.list(KINDS.ContainerImage, { namespace: "team-a" });
  const image = items[0]!;
  const chain = image.status!.disks!.at(-1)!.chainId;
  await rm(path.join(store, `team-a/VIC/${id}/images/${chain}/${chain}.vmdk`));
  // Objects in Kubernetes.
  await tenant.delete("ContainerVM", "going");
  const {
    metadata: { uid },
  } = host;
  await tenant.client.create(KINDS.ContainerName, {
    metadata: { namespace: "team-a", name: "name-of-nobody" },
    spec: { hostRef: { name: "host" }, name: "ghost", holder: uid },
  });
  await tenant.client.create(secretKind, {
    metadata: { namespace: "team-a", name: "unused", finalizers: [IN_USE_FINALIZER] },
  });

  const findings = check({ ...(await observe(tenant.client)), nowMs: Date.now() + 120_000 });
  const own = `[ssd-1] team-a/VIC/${id}`;
  const vms = [
    ["kept", await tenant.get("ContainerVM", "kept")],
    ["going", await tenant.get("ContainerVM", "going")],
  ] as const;
  // The keeper's disk may stand on the one that was deleted, as soon as it is made.
  const faults = findings.filter((each) => isFault(each) && !each.where.includes("-keeper"));
  expect(faults.map(told).toSorted()).toEqual(
    [
      "DeletionStuck ContainerVM team-a/going",
      `DirectoryOfNobody [ssd-1] ${dead}`,
      `DiskMissing ContainerImage team-a/${image.metadata.name}`,
      `DiskOfNobody ${own}/images/${dead}`,
      'FolderWithoutHost Folder "gone-folder"',
      "NameWithoutHolder ContainerName team-a/name-of-nobody",
      "OwnerFileOfNobody [ssd-1] gone",
      "PlaceMissing VirtualContainerHost team-a/pooled",
      'PoolWithoutHost Resource pool "gone-pool"',
      ...vms.map(([, { status }]) => `ParentMissing VM "${status?.vsphere?.name}"`),
      'PortGroupWithoutHost Port group "gone-group"',
      "ResourceWithoutVM ContainerVM team-a/lost",
      "SecretWithoutUse Secret team-a/unused",
      `StrayEntry [ssd-1] team-a/VIC/${nobody}`,
      `UnusedISO ${own}/iso/0123456789abcdef.iso`,
      'VAppWithoutHost vApp "gone-vapp"',
      'VMWithoutResource VM "leaked" [ssd-1] leaked/leaked.vmx',
      `WorkerDisk VM "team-a.host-worker" [ssd-1] ${workerId(id)}/${workerId(id)}.vmx`,
    ].toSorted(),
  );
  expect(
    findings
      .filter((each) => !isFault(each))
      .map(told)
      .toSorted(),
  ).toEqual(
    [
      'Copy VM "copy" [ssd-1] copy/copy.vmx',
      `DirectoryOfWhom [ssd-1] ${"f".repeat(64)}`,
      `OtherInstallation [ssd-1] ${"e".repeat(64)}`,
      "OtherInstallation [ssd-1] others",
      'OtherInstallation Resource pool "others-pool"',
      'OtherInstallation VM "others" [ssd-1] others/others.vmx',
      `PortGroupOfWhom Port group "${ofWhom}" on ${esx!.hostName}`,
      `UnmarkedFolder Folder "${begun}"`,
      `UnmarkedPool Resource pool "${begun}"`,
    ].toSorted(),
  );
});

test("findings end the program with 1, as text and as JSON", async () => {
  const json = await vicCheck("-o", "json");
  expect(json.code).toBe(1);
  const { findings } = JSON.parse(json.stdout) as { findings: Finding[] };
  expect(findings).toContainEqual({
    severity: "leaked",
    code: "VMWithoutResource",
    where: 'VM "leaked" [ssd-1] leaked/leaked.vmx',
    what: "Its ContainerVM team-a/x doesn't exist.",
    todo: expect.stringContaining("unregister the VM and delete its directory"),
  });
  const text = await vicCheck();
  expect(text.code).toBe(1);
  expect(text.stdout).toMatch(/leaked VAppWithoutHost\n {2}vApp "gone-vapp"\n/);
  expect(text.stdout).not.toContain("others");
});

test("a vCenter that can't be looked at proves nothing", async () => {
  const { tenant } = setting;
  await tenant.secret("credentials", { username: "nobody", password: "wrong" });
  const findings = check(await observe(tenant.client));
  expect(findings[0]).toMatchObject({ severity: "unseen", where: "VSphereServer team-a/lab" });
  expect(findings.map(({ code }) => code)).not.toContain("ResourceWithoutVM");
});
