import { expect, test } from "vitest";
import { UnreachableError } from "./errors.ts";
import { existingObject, faultFromData, isFault, isGone, VSphereFault } from "./fault.ts";

test("other errors are no faults", () => {
  expect(isFault(new UnreachableError("x"), "NotFound")).toBe(false);
  expect(isFault(undefined, "NotFound")).toBe(false);
});

test("a fault is of its own type and of those that it extends, not of its descendants", () => {
  const fault = new VSphereFault("InvalidPowerState", "");
  expect(isFault(fault, "InvalidPowerState")).toBe(true);
  expect(isFault(fault, "InvalidState")).toBe(true);
  expect(isFault(fault, "MethodFault")).toBe(true);
  expect(isFault(new VSphereFault("InvalidState", ""), "InvalidPowerState")).toBe(false);
  expect(isFault(fault, "NotFound")).toBe(false);
});

test("a fault type that the table doesn't know is only itself", () => {
  const fault = new VSphereFault("FaultOfTheFuture", "");
  expect(isFault(fault, "FaultOfTheFuture")).toBe(true);
  expect(isFault(fault, "MethodFault")).toBe(false);
});

test("a name inherited from Object is no fault type", () => {
  expect(isFault(new VSphereFault("toString", ""), "MethodFault")).toBe(false);
  expect(isFault(new VSphereFault("constructor", ""), "MethodFault")).toBe(false);
});

test("what is gone is told from what is refused", () => {
  expect(isGone(new VSphereFault("ManagedObjectNotFound", ""))).toBe(true);
  expect(isGone(new VSphereFault("NoPermission", ""))).toBe(false);
});

test("a task's error without a fault is a MethodFault", () => {
  expect(faultFromData(undefined, "VirtualMachine.powerOn")).toMatchObject({
    fault: "MethodFault",
    message: "VirtualMachine.powerOn: MethodFault",
  });
});

test("only a DuplicateName tells the existing object", () => {
  const object = { type: "Folder", value: "group-v1" };
  expect(existingObject(new VSphereFault("DuplicateName", "", { object }))).toEqual(object);
  expect(existingObject(new VSphereFault("DuplicateName", ""))).toBeUndefined();
  expect(existingObject(new VSphereFault("NoPermission", "", { object }))).toBeUndefined();
});
