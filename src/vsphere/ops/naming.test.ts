import fc from "fast-check";
import { expect, test } from "vitest";
import { moref, morefKey, parseMoref } from "../wsdl/moref.ts";
import { datastorePath, parseDatastorePath } from "./datastore-file.ts";
import { inventoryName } from "./managed-entity.ts";
import { resourceConfig } from "./virtual-app.ts";

test("what isn't a datastore path is refused", () => {
  for (const text of ["", "ds/file", "[ds", "[] file", "[ds]file"]) {
    expect(() => parseDatastorePath(text), text).toThrow(RangeError);
  }
});

test("a datastore path comes apart as it was put together", () => {
  const part = fc.string({ minLength: 1 }).filter((text) => !/[[\]]/.test(text));
  fc.assert(
    fc.property(part, fc.string(), (datastore, path) => {
      expect(parseDatastorePath(datastorePath(datastore, path))).toEqual({ datastore, path });
    }),
  );
});

test("a reference comes back from its key", () => {
  const ref = moref("VirtualMachine", "vm-1:2");
  expect(parseMoref(morefKey(ref))).toEqual(ref);
  for (const text of ["", "vm-1", ":vm-1", "VirtualMachine:"])
    expect(parseMoref(text), text).toBeUndefined();
});

test("names are encoded as vSphere stores them", () => {
  expect(inventoryName("a/b\\c%d.e")).toBe("a%2fb%5cc%25d.e");
});

test("a creation says every setting, a change only what it changes", () => {
  expect(resourceConfig({}, { limit: 512, shares: 4000 }, true)).toEqual({
    cpuAllocation: {
      limit: -1,
      reservation: 0,
      expandableReservation: true,
      shares: { level: "normal", shares: 0 },
    },
    memoryAllocation: {
      limit: 512,
      reservation: 0,
      expandableReservation: true,
      shares: { level: "custom", shares: 4000 },
    },
  });
  expect(resourceConfig({}, { limit: 512 }, false)).toEqual({
    cpuAllocation: {},
    memoryAllocation: { limit: 512 },
  });
});
