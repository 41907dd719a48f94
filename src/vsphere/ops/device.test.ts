import { describe, expect, test } from "vitest";
import { moref } from "../wsdl/moref.ts";
import { encodeArguments } from "../soap/encode.ts";
import { deviceChanges, existingDevice } from "./device.ts";

describe("device changes", () => {
  test("refuse a disk too many", () => {
    const devices = deviceChanges();
    const controllerKey = devices.addScsiController();
    const units = Array.from({ length: 15 }, (_, i) =>
      devices.addDisk({ controllerKey, path: `[ds] ${i}.vmdk` }),
    );
    expect(units).toEqual([0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15]);
    expect(() => devices.addDisk({ controllerKey, path: "[ds] x.vmdk" })).toThrow(RangeError);
  });

  test("refuse a NIC on a network that can't carry one", () => {
    const opaque = { ref: moref("OpaqueNetwork", "n"), name: "n", kind: "OpaqueNetwork" as const };
    expect(() => deviceChanges().addNic(opaque, "00:50:56:00:00:01")).toThrow(TypeError);
  });

  test("send a disk that is removed whole, as far as it is known", () => {
    const disk = {
      key: 2000,
      type: "VirtualDisk",
      controllerKey: 1000,
      unitNumber: 0,
      fileName: "[ds] a.vmdk",
      diskMode: "independent_persistent",
      capacityKiB: 1024,
    };
    const devices = deviceChanges([disk]);
    devices.detachDisk(2000);
    const [change] = devices.changes;
    expect(change?.operation).toBe("remove");
    expect(change?.device).toMatchObject({
      key: 2000,
      capacityInKB: 1024,
      backing: { fileName: "[ds] a.vmdk", diskMode: "independent_persistent" },
    });
  });

  test("leave units alone that the VM uses, and take those that it frees", () => {
    const devices = deviceChanges([
      { key: 1000, type: "ParaVirtualSCSIController", busNumber: 0 },
      { key: 2000, type: "VirtualDisk", controllerKey: 1000, unitNumber: 0 },
      { key: 2001, type: "VirtualDisk", controllerKey: 1000, unitNumber: 1 },
    ]);
    devices.detachDisk(2001);
    expect(devices.addDisk({ controllerKey: 1000, path: "[ds] a.vmdk" })).toBe(1);
    expect(devices.addDisk({ controllerKey: 1000, path: "[ds] b.vmdk" })).toBe(2);
    expect(devices.changes.map(({ operation }) => operation)).toEqual(["remove", "add", "add"]);
  });

  test("make a container's devices, each with a key of its own, as the schema allows", () => {
    const devices = deviceChanges();
    const controllerKey = devices.addScsiController();
    devices.addDisk({ controllerKey, path: "[ds] c/c.vmdk", create: { parent: "[ds] p/p.vmdk" } });
    devices.addDisk({ controllerKey, path: "[ds] v.vmdk", mode: "independent_persistent" });
    const portGroup = {
      ref: moref("DistributedVirtualPortgroup", "dvpg-1"),
      name: "b",
      portgroupKey: "dvpg-1",
    };
    devices.addNic(
      { ...portGroup, kind: "DistributedVirtualPortgroup", switchUuid: "50 1f" },
      "00:50:56:00:00:01",
    );
    devices.addNic(
      { ref: moref("Network", "n-1"), name: "VM Network", kind: "Network" },
      "00:50:56:00:00:02",
    );
    devices.addCdrom("[ds] a.iso");
    devices.addSerialFile("[ds] c/c.log");
    devices.addSerialProxy("telnet://console:2378", "vic.dev/c");
    const keys = devices.changes.map(({ device }) => device.key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.every((key) => key < 0)).toBe(true);
    const args = { config: { deviceChange: devices.changes } };
    expect(() =>
      encodeArguments("CreateChildVM_Task", moref("VirtualApp", "v"), args),
    ).not.toThrow();
    const creating = devices.changes.filter(({ fileOperation }) => fileOperation === "create");
    expect(creating).toHaveLength(1);
    expect(creating[0]!.device.backing).toMatchObject({ parent: { fileName: "[ds] p/p.vmdk" } });
  });
});

test("an existing disk tells its chain, nearest parent first", () => {
  const backing = (fileName: string, parent?: object) => ({
    _typeName: "VirtualDiskFlatVer2BackingInfo" as const,
    fileName,
    diskMode: "persistent",
    ...(parent ? { parent: parent as never } : {}),
  });
  const chain = backing("[ds] c.vmdk", backing("[ds] b.vmdk", backing("[ds] a.vmdk")));
  const disk = {
    _typeName: "VirtualDisk" as const,
    key: 2000,
    controllerKey: 1000,
    unitNumber: 0,
    capacityInKB: 1,
  };
  expect(existingDevice({ ...disk, backing: chain })).toEqual({
    key: 2000,
    type: "VirtualDisk",
    controllerKey: 1000,
    unitNumber: 0,
    fileName: "[ds] c.vmdk",
    diskMode: "persistent",
    capacityKiB: 1,
    parents: ["[ds] b.vmdk", "[ds] a.vmdk"],
  });
});
