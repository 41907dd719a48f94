import { expect, test } from "vitest";
import { vmConfigSpec } from "./vm-spec.ts";

const spec = vmConfigSpec({
  name: "c1",
  marker: {
    installation: "i",
    hostId: "6d1c1f0a-4d1f-4b52-9f4e-5f5a3c1f0001",
    host: "team/host",
    id: "c1",
    role: "container",
  },
  datastore: "ds",
  cpus: 1,
  memoryMiB: 128,
  isoPath: "[ds] vic.iso",
  guestConfig: "{}",
  annotation: "",
  addDevices: () => undefined,
});

test("a VM boots its ISO by BIOS, and nothing that its guest may have written to a disk", () => {
  expect(spec.firmware).toBe("bios");
  const order = spec.bootOptions?.bootOrder?.map(({ _typeName }) => _typeName);
  expect(order).toEqual(["VirtualMachineBootOptionsBootableCdromDevice"]);
});

test("no question holds a VM up", () => {
  const settings = new Map(spec.extraConfig?.map(({ key, value }) => [key, value]));
  expect(settings.get("uuid.action")).toBe("keep");
  expect(settings.get("answer.msg.serial.file.open")).toBe("Append");
  expect(settings.get("answer.msg.disk.duplicateUUID")).toBe("Yes");
});
