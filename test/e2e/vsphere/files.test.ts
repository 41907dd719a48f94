// Datastore files and lookups by name.
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  connect,
  createFolder,
  type Datacenter,
  type DatastoreInfo,
  datastorePath,
  defineAttribute,
  deleteDatastoreFile,
  downloadFile,
  existingObject,
  findChild,
  findCompute,
  forgetLookups,
  inventoryName,
  findDatacenter,
  findDatastore,
  findNetwork,
  findSwitch,
  listDirectory,
  listFolder,
  makeDirectory,
  NotFoundByNameError,
  addPortGroup,
  readAttribute,
  readCapabilities,
  readPortGroup,
  reconfigurePortGroup,
  destroyEntity,
  readTextFile,
  setAttribute,
  uploadFile,
  type VSphere,
} from "../../../src/vsphere/index.ts";
import { TestVcenter } from "./vcenter.ts";

let vcenter: TestVcenter;
let vs: VSphere;
let datacenter: Datacenter;
let datastore: DatastoreInfo;

beforeAll(async () => {
  vcenter = await TestVcenter.start();
  vs = await connect(vcenter.login);
  datacenter = await findDatacenter(vs);
  datastore = await findDatastore(vs, datacenter, vcenter.names.datastore);
});
afterAll(async () => {
  await vs?.close();
  await vcenter?.stop();
});

const at = (path: string) => ({ datacenter: datacenter.name, datastore: datastore.name, path });
const ds = (path: string): string => datastorePath(datastore.name, path);

describe("a file", () => {
  test("that isn't there is undefined, and deleting it a fault", async () => {
    expect(await downloadFile(vs, at("nowhere/file"))).toBeUndefined();
    expect(await listDirectory(vs, datastore.browser, ds("nowhere"))).toBeUndefined();
    const deleted = vs.tasks.run(deleteDatastoreFile(vs, datacenter.ref, ds("nowhere/file")));
    await expect(deleted).rejects.toMatchObject({ fault: "FileNotFound" });
  });

  test("can't be uploaded to a datastore that doesn't exist", async () => {
    const upload = uploadFile(vs, { ...at("x"), datastore: "no-such" }, "x");
    await expect(upload).rejects.toMatchObject({ code: "FileTransfer" });
  });

  test("comes back as it went, whole or in part, and is replaced", async () => {
    await makeDirectory(vs, datacenter.ref, ds("a b/ü/deep"));
    await makeDirectory(vs, datacenter.ref, ds("a b/ü/deep"));
    await uploadFile(vs, at("a b/ü/deep/file.txt"), "0123456789");
    expect(await readTextFile(vs, at("a b/ü/deep/file.txt"))).toBe("0123456789");
    expect(
      await text((await downloadFile(vs, at("a b/ü/deep/file.txt"), { start: 3, end: 6 }))!),
    ).toBe("345");
    expect(await text((await downloadFile(vs, at("a b/ü/deep/file.txt"), { start: 10 }))!)).toBe(
      "",
    );
    await uploadFile(
      vs,
      at("a b/ü/deep/file.txt"),
      Readable.from([Buffer.from("ab"), Buffer.from("c")]),
      { size: 3 },
    );
    expect(await readTextFile(vs, at("a b/ü/deep/file.txt"))).toBe("abc");
    expect(await listDirectory(vs, datastore.browser, ds("a b/ü"))).toEqual([
      { name: "deep", isDirectory: true, sizeBytes: expect.any(Number) },
    ]);
    expect(await listDirectory(vs, datastore.browser, ds("a b/ü/deep"), "*.txt")).toEqual([
      { name: "file.txt", isDirectory: false, sizeBytes: 3 },
    ]);
    await vs.tasks.run(deleteDatastoreFile(vs, datacenter.ref, ds("a b")));
    expect(await readTextFile(vs, at("a b/ü/deep/file.txt"))).toBeUndefined();
  });

  test("survives a terminated session in between", async () => {
    await vcenter.terminateSessions();
    await expect(readTextFile(vs, at("nothing"))).resolves.toBeUndefined();
  });
});

describe("names", () => {
  test("that mean nothing are refused by what they were to be", async () => {
    await expect(findDatacenter(vs, "Atlantis")).rejects.toThrow(NotFoundByNameError);
    await expect(findCompute(vs, datacenter, "none")).rejects.toThrow(
      'no cluster or host named "none"',
    );
    await expect(findNetwork(vs, datacenter, "none")).rejects.toMatchObject({
      kind: "network",
      objectName: "none",
    });
    await expect(findDatastore(vs, datacenter, "none")).rejects.toThrow(NotFoundByNameError);
    await expect(findSwitch(vs, datacenter, "none")).rejects.toThrow(NotFoundByNameError);
  });

  test("mean one lookup, however many ask", async () => {
    await vcenter.resetCalls();
    await Promise.all(
      Array.from({ length: 20 }, () => findCompute(vs, datacenter, vcenter.names.cluster)),
    );
    expect(Object.values(await vcenter.calls()).reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(2);
  });

  test("mean what vSphere shows", async () => {
    const cluster = await findCompute(vs, datacenter, vcenter.names.cluster);
    expect(cluster).toMatchObject({ ref: { type: "ClusterComputeResource" }, drsEnabled: true });
    expect(cluster.hosts.length).toBeGreaterThan(0);
    expect(await readCapabilities(vs, datacenter)).toEqual({
      drs: true,
      folders: true,
      customAttributes: true,
      vApps: true,
      distributedSwitches: true,
    });
    const network = await findNetwork(vs, datacenter, vcenter.names.network);
    expect(network.kind).toBe("Network");
  });
});

describe("a port group", () => {
  test("is added, found, changed and destroyed", async () => {
    const dvs = await findSwitch(vs, datacenter, vcenter.names.switch);
    const added = await vs.tasks.run(
      addPortGroup(vs, dvs.ref, { name: "ns.vch-bridge", description: '{"vic":{}}', vlan: 12 }),
    );
    expect(added).toMatchObject({
      state: "success",
      result: { type: "DistributedVirtualPortgroup" },
    });
    const network = await findNetwork(vs, datacenter, "ns.vch-bridge");
    expect(network).toMatchObject({
      switchUuid: dvs.uuid,
      switchRef: dvs.ref,
      portgroupKey: expect.any(String),
    });
    const before = await readPortGroup(vs, network.ref);
    expect(before).toMatchObject({
      vlan: 12,
      strict: true,
      description: '{"vic":{}}',
      vms: [],
    });
    const change = { configVersion: before!.configVersion, vlan: 13 };
    await vs.tasks.run(reconfigurePortGroup(vs, network.ref, change));
    await expect(vs.tasks.run(reconfigurePortGroup(vs, network.ref, change))).rejects.toMatchObject(
      {
        fault: "ConcurrentAccess",
      },
    );
    expect(await readPortGroup(vs, network.ref)).toMatchObject({
      vlan: 13,
      strict: true,
      description: '{"vic":{}}',
    });
    await vs.tasks.run(destroyEntity(vs, network.ref));
    expect(await readPortGroup(vs, network.ref)).toBeUndefined();
    forgetLookups(vs);
    await expect(findNetwork(vs, datacenter, "ns.vch-bridge")).rejects.toThrow(NotFoundByNameError);
  });
});

describe("a folder", () => {
  test("of a taken name is refused with the one that has it", async () => {
    const folder = await createFolder(vs, datacenter.vmFolder, "taken");
    const again = createFolder(vs, datacenter.vmFolder, "taken");
    await expect(again).rejects.toMatchObject({ fault: "DuplicateName" });
    expect(existingObject(await again.catch((error: unknown) => error))).toEqual(folder);
    expect(await findChild(vs, datacenter.vmFolder, "taken")).toEqual(folder);
    expect(await findChild(vs, datacenter.vmFolder, "free")).toBeUndefined();
  });

  test("keeps a name with characters that vSphere encodes", async () => {
    const folder = await createFolder(vs, datacenter.vmFolder, inventoryName("a/b%c"));
    expect(await findChild(vs, datacenter.vmFolder, "a/b%c")).toEqual(folder);
  });

  test("carries an attribute, by which it is found", async () => {
    const folder = await createFolder(vs, datacenter.vmFolder, "owned");
    const key = await defineAttribute(vs, "vic.owner");
    expect(await defineAttribute(vs, "vic.owner")).toBe(key);
    expect(await readAttribute(vs, folder, "vic.owner")).toBeUndefined();
    await setAttribute(vs, folder, key, "us");
    expect(await readAttribute(vs, folder, "vic.owner")).toBe("us");
    expect(await listFolder(vs, datacenter.vmFolder, "vic.owner")).toContainEqual({
      ref: folder,
      name: "owned",
      value: "us",
    });
  });
});
