import { expect, test } from "vitest";
import { moref, type VmRecord } from "../../../vsphere/index.ts";
import { unavailability } from "./availability.ts";

const vm = (connectionState?: string): VmRecord => ({
  ref: moref("VirtualMachine", "vm-1"),
  extraConfig: {},
  ...(connectionState === undefined ? {} : { connectionState }),
});

test("a VM that vCenter doesn't reach is unavailable, and why is told", () => {
  expect(unavailability(vm("disconnected"))?.reason).toBe("VMDisconnected");
  for (const state of ["inaccessible", "orphaned", "invalid"])
    expect(unavailability(vm(state))).toMatchObject({
      reason: "VMInaccessible",
      message: expect.stringContaining(state) as string,
    });
});

test("one that it reaches, or of which it says nothing yet, is available", () => {
  expect(unavailability(vm("connected"))).toBeUndefined();
  expect(unavailability(vm())).toBeUndefined();
});
