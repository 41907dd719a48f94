import { describe, expect, test } from "vitest";
import {
  bridgePortGroupName,
  containerVmName,
  encodeInventoryName,
  hostInventoryName,
  hostPaths,
  imageDiskPaths,
  isoPath,
  ownInventoryName,
  ownPortGroupName,
  parseDatastorePath,
  vmPaths,
  workerVmName,
} from "./naming.ts";

describe("inventory names", () => {
  test("encode what vSphere encodes, the percent sign first", () => {
    expect(encodeInventoryName("50%/a\\b")).toBe("50%25%2fa%5cb");
  });

  test("are cut to 80 characters where the suffix stays whole", () => {
    const id = "ab".repeat(32);
    const name = containerVmName("x".repeat(253), id);
    expect(name).toHaveLength(80);
    expect(name.endsWith("-abababababab")).toBe(true);
    expect(workerVmName("n".repeat(63), "h".repeat(63))).toMatch(/^n{63}\.h+-worker$/);
    expect(bridgePortGroupName("n".repeat(63), "h".repeat(63))).toHaveLength(80);
  });

  test("of our own hold the host's id, whatever is cut", () => {
    const id = "0b9a3c1e-5d2f-4c7a-9e11-223344556677";
    expect(ownInventoryName("team-a", "host", id)).toBe("team-a.host-0b9a3c1e5d2f");
    const long = ownPortGroupName("n".repeat(63), "h".repeat(63), id);
    expect(long).toHaveLength(80);
    expect(long).toMatch(/^n+-bridge-0b9a3c1e5d2f$/);
  });

  test("of two hosts never clash: a namespace has no dot", () => {
    expect(hostInventoryName("a", "b.c")).toBe("a.b.c");
  });
});

describe("datastore paths", () => {
  test("refuse what isn't one", () => {
    expect(parseDatastorePath("ssd-1/x")).toBeUndefined();
    expect(parseDatastorePath("[] x")).toBeUndefined();
  });

  test("are read whatever the slashes", () => {
    expect(parseDatastorePath("[ssd 1] /a//b/")).toEqual({ datastore: "ssd 1", path: "a/b" });
    expect(parseDatastorePath("[ssd-1]")).toEqual({ datastore: "ssd-1", path: "" });
  });

  test("of a host stand as documented, in the root of a datastore too", () => {
    expect(hostPaths({ datastore: "ssd-1", path: "/team-a/" }, "id").ownerFile).toBe(
      "[ssd-1] team-a/VIC/vic-owner.json",
    );
    expect(hostPaths({ datastore: "ssd-1", path: "" }, "id").images).toBe("[ssd-1] VIC/id/images");
    expect(isoPath({ datastore: "ssd-1", path: "team-a" }, "id", "0123456789abcdef99")).toBe(
      "[ssd-1] team-a/VIC/id/iso/0123456789abcdef.iso",
    );
    expect(imageDiskPaths({ datastore: "ssd-1", path: "p" }, "id", "c1")).toEqual({
      directory: "[ssd-1] p/VIC/id/images/c1",
      disk: "[ssd-1] p/VIC/id/images/c1/c1.vmdk",
      manifest: "[ssd-1] p/VIC/id/images/c1/manifest",
      kept: "[ssd-1] p/VIC/id/images/c1/kept/c1.vmdk",
      keptDirectory: "[ssd-1] p/VIC/id/images/c1/kept",
    });
    expect(vmPaths("ssd-1", "c0ffee").log).toBe("[ssd-1] c0ffee/c0ffee.log");
  });
});
