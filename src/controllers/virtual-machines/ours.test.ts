import { expect, test } from "vitest";
import { instanceUuid } from "../../api/identity.ts";
import { vmMarkerEntries } from "../../api/markers.ts";
import { moref, type VmRecord } from "../../vsphere/index.ts";
import { markerOfOurs } from "./ours.ts";

const HOST = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
const marker = {
  installation: "i",
  hostId: HOST,
  host: "team-a/web",
  id: "c".repeat(64),
  container: "team-a/c1",
  role: "container",
} as const;
const vm = (more: Partial<VmRecord> = {}): VmRecord => ({
  ref: moref("VirtualMachine", "vm-1"),
  instanceUuid: instanceUuid(HOST, marker.id),
  extraConfig: Object.fromEntries(vmMarkerEntries(marker)),
  ...more,
});

test.each([
  ["a VM without a marker", vm({ extraConfig: {} })],
  [
    "a clone, whose marker came along and whose UUID is new",
    vm({ instanceUuid: "11111111-2222-4333-8444-555555555555" }),
  ],
  [
    "another host's",
    vm({
      extraConfig: Object.fromEntries(
        vmMarkerEntries({ ...marker, hostId: "00000000-0000-4000-8000-000000000000" }),
      ),
    }),
  ],
  [
    "a VM that vSphere says nothing of yet",
    { ref: moref("VirtualMachine", "vm-1"), extraConfig: {} },
  ],
])("%s is a stranger", (_, stranger) => {
  expect(markerOfOurs(stranger, HOST)).toBeUndefined();
});

test("marker and instance UUID together make it ours, however vSphere writes the UUID", () => {
  expect(markerOfOurs(vm(), HOST)).toEqual(marker);
  expect(
    markerOfOurs(vm({ instanceUuid: instanceUuid(HOST, marker.id).toUpperCase() }), HOST),
  ).toEqual(marker);
});

test("a VM that a former installation made is ours where our host has its id", () => {
  const former = { ...marker, installation: "former" };
  const left = vm({ extraConfig: Object.fromEntries(vmMarkerEntries(former)) });
  expect(markerOfOurs(left, HOST)).toEqual(former);
});
