import { describe, expect, test } from "vitest";
import { GUEST_REPORT_KEY } from "../../../api/markers.ts";
import { moref, type VmRecord } from "../../../vsphere/index.ts";
import { onUntoldMs, powerOnOf } from "./late-power.ts";

/** A VM that vSphere tells to be off. */
const vm = (report: object, told: Partial<VmRecord> = {}): VmRecord => ({
  ref: moref("VirtualMachine", "vm-1"),
  powerState: "poweredOff",
  cleanPowerOff: true,
  extraConfig: { [GUEST_REPORT_KEY]: JSON.stringify(report) },
  ...told,
});

const ended = { run: 1, state: "exited", exitCode: 7 };
const restarted = powerOnOf(vm(ended), 1000);

describe("what vSphere tells of a VM holds", () => {
  test("that nobody has powered on", () => {
    expect(onUntoldMs(vm(ended), undefined, 1000)).toBeUndefined();
  });

  test("that it tells to be on, or suspended", () => {
    for (const powerState of ["poweredOn", "suspended"] as const)
      expect(onUntoldMs(vm(ended, { powerState }), restarted, 1000)).toBeUndefined();
  });

  test("whose guest has ended the run that began", () => {
    for (const state of ["exited", "failed"])
      expect(onUntoldMs(vm({ run: 2, state }), restarted, 1000)).toBeUndefined();
    const first = powerOnOf(undefined, 1000);
    expect(onUntoldMs(vm(ended), first, 1000)).toBeUndefined();
  });

  test("whose host has failed since, and not before", () => {
    const failed = { cleanPowerOff: false };
    expect(onUntoldMs(vm(ended, failed), restarted, 1000)).toBeUndefined();
    const anew = powerOnOf(vm(ended, failed), 1000);
    expect(onUntoldMs(vm(ended, failed), anew, 1000)).toBe(25_000);
  });

  test("that it has told to be off for longer than it is ever late", () => {
    expect(onUntoldMs(vm(ended), restarted, 26_000)).toBeUndefined();
  });
});

describe("a VM that is told to be off counts as one that is on", () => {
  test("after a power-on whose run hasn't been heard of, or goes on", () => {
    for (const report of [ended, { run: 2, state: "booting" }, { run: 2, state: "running" }])
      expect(onUntoldMs(vm(report), restarted, 5000)).toBe(21_000);
  });

  test("after its first power-on", () => {
    expect(onUntoldMs(vm({}), powerOnOf(undefined, 1000), 5000)).toBe(21_000);
  });
});
