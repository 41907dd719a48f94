import { expect, test } from "vitest";
import { keeperDevices } from "./keeper-acts.ts";

const place = { store: { datastore: "ds", path: "store" }, id: "host" };

test("a keeper has all its controllers from the start, and room for 60 disks", () => {
  const chainIds = Array.from({ length: 60 }, (_, index) => `chain-${index}`);
  for (const held of [chainIds.slice(0, 1), chainIds]) {
    const devices = keeperDevices(place, held).changes.map(({ device }) => device);
    const controllers = devices.filter(
      ({ _typeName }) => _typeName === "ParaVirtualSCSIController",
    );
    expect(controllers.map((each) => "busNumber" in each && each.busNumber)).toEqual([0, 1, 2, 3]);
    const disks = devices.filter(({ _typeName }) => _typeName === "VirtualDisk");
    const units = new Set(
      disks.map(({ controllerKey, unitNumber }) => `${controllerKey}:${unitNumber}`),
    );
    expect(units.size).toBe(held.length);
  }
});

test("each disk of a keeper has a directory of its own beside its parent", () => {
  const [disk] = keeperDevices(place, ["c1"]).changes.filter(({ fileOperation }) => fileOperation);
  expect(disk?.device.backing).toMatchObject({
    fileName: "[ds] store/VIC/host/images/c1/kept/c1.vmdk",
    parent: { fileName: "[ds] store/VIC/host/images/c1/c1.vmdk" },
  });
});
