import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  biosUuid,
  containerId,
  imageObjectName,
  instanceUuid,
  uuidV5,
  workerId,
} from "./identity.ts";

const HOST = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

describe("uuidV5", () => {
  test("refuses a namespace that is no UUID", () => {
    expect(() => uuidV5("team-a", "x")).toThrow(RangeError);
  });

  test("agrees with the example of RFC 9562 (appendix A.4)", () => {
    expect(uuidV5(HOST, "www.example.com")).toBe("2ed6657d-e927-568b-95e1-2665a8aea6a2");
  });
});

describe("identities", () => {
  const uid = "0a5f3a60-6d4f-4f0e-9c0b-0d8f1a7c2f11";

  test("differ between a VM's two UUIDs, between hosts, and between a host's VMs", () => {
    const id = containerId(uid);
    const other = uuidV5(HOST, "other host");
    const all = [
      instanceUuid(HOST, id),
      biosUuid(HOST, id),
      instanceUuid(other, id),
      instanceUuid(HOST, workerId(HOST)),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  test("of a container is a hash of the resource's UID alone", () => {
    expect(containerId(uid)).toBe(
      createHash("sha256").update(`vic.dev/container/${uid}`).digest("hex"),
    );
  });

  test("an image's object name is a valid, short, stable DNS label", () => {
    const name = imageObjectName("team-a", "docker.io/library/busybox:latest");
    expect(name).toMatch(/^img-[0-9a-f]{16}$/);
    expect(imageObjectName("team-a", "docker.io/library/busybox:latest")).toBe(name);
    expect(imageObjectName("team-b", "docker.io/library/busybox:latest")).not.toBe(name);
  });
});
