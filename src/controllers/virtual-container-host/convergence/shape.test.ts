import { describe, expect, test } from "vitest";
import { shapeOf } from "./shape.ts";

const vCenter = { folders: true, customAttributes: true };
const esxi = { folders: false, customAttributes: false };
const cluster = { name: "Compute-1", isCluster: true, drsEnabled: true };
const noDrs = { ...cluster, drsEnabled: false };
const lone = { name: "esx-1", isCluster: false, drsEnabled: false };
const shape = (
  capabilities: typeof vCenter,
  compute: typeof cluster,
  container?: "VApp" | "ResourcePool",
  known?: Parameters<typeof shapeOf>[1]["known"],
) => shapeOf({ compute: container ? { container } : {} }, { capabilities, compute, known });
const place = { name: "x", moRef: "x:1" };

describe("shapeOf", () => {
  test.each([
    ["a vApp on a bare ESXi host", esxi, lone, "VApp"],
    ["a vApp without DRS", vCenter, noDrs, "VApp"],
    ["a pool without DRS", vCenter, noDrs, "ResourcePool"],
  ] as const)("refuses %s", (_what, capabilities, compute, container) => {
    expect(shape(capabilities, compute, container)).toMatchObject({ reason: "Unsupported" });
  });

  test("refuses a vApp that stood, where DRS was switched off", () => {
    expect(shape(vCenter, noDrs, undefined, { vApp: place })).toMatchObject({
      reason: "Unsupported",
      message: expect.stringContaining('Cluster "Compute-1" has no DRS') as unknown,
    });
  });

  test.each([
    ["a vApp with DRS", vCenter, cluster, "VApp"],
    ["a vApp on a host in no cluster", vCenter, lone, "VApp"],
    ["a folder without DRS", vCenter, noDrs, "Folder"],
    ["a pool on a bare ESXi host", esxi, lone, "ResourcePool"],
  ] as const)("chooses %s", (_what, capabilities, compute, container) => {
    expect(shape(capabilities, compute)).toEqual({
      container,
      folder: capabilities.folders,
      attributes: capabilities.customAttributes,
    });
  });

  test("takes the pool that is asked for", () => {
    expect(shape(vCenter, cluster, "ResourcePool")).toMatchObject({ container: "ResourcePool" });
  });

  test("keeps what stands, whatever the server can do by now", () => {
    const stands = (known: object) => shape(vCenter, cluster, undefined, known);
    expect(stands({ resourcePool: place, folder: place })).toMatchObject({
      container: "ResourcePool",
    });
    expect(stands({ folder: place })).toMatchObject({ container: "Folder" });
  });
});
