import { describe, expect, test } from "vitest";
import {
  formatHostMarker,
  formatOwnerFile,
  parseHostMarker,
  parseOwnerFile,
  parseVmMarker,
  vmMarkerEntries,
} from "./markers.ts";

const host = { installation: "i", host: "team-a/web", id: "h" };

describe("a VM's marker", () => {
  const marker = {
    installation: "i",
    hostId: "h",
    host: "team-a/web",
    id: "c",
    container: "team-a/c1",
    role: "container",
  } as const;

  test("is none when any part of it is missing", () => {
    for (const [missing] of vmMarkerEntries({ ...marker, container: "x" }).filter(
      ([key]) => key !== "vic.container",
    )) {
      const rest = new Map(vmMarkerEntries(marker).filter(([key]) => key !== missing));
      expect(
        parseVmMarker((key) => rest.get(key)),
        missing,
      ).toBeUndefined();
    }
  });

  test("is none with a role that isn't ours", () => {
    const entries = new Map(vmMarkerEntries(marker)).set("vic.role", "admin");
    expect(parseVmMarker((key) => entries.get(key))).toBeUndefined();
  });

  test("is read back as written, and never stands under guestinfo", () => {
    const entries = new Map(vmMarkerEntries(marker));
    expect(parseVmMarker((key) => entries.get(key))).toEqual(marker);
    expect([...entries.keys()].filter((key) => key.startsWith("guestinfo"))).toEqual([]);
  });
});

describe("a host's marker", () => {
  test("is none in a stranger's annotation", () => {
    for (const text of [
      undefined,
      "",
      "made by Bob",
      '{"vic":{}}',
      '{"vic":1}',
      '{"vic":{"installation":"i"',
      "[]",
    ]) {
      expect(parseHostMarker(text), text).toBeUndefined();
    }
  });

  test("is found among an administrator's own lines", () => {
    expect(parseHostMarker(`Owner: Bob\n${formatHostMarker(host)}\nCall 1234`)).toEqual(host);
  });
});

describe("an owner file", () => {
  const owner = {
    installation: "i",
    kind: "VolumeStore",
    namespace: "n",
    name: "fast",
    id: "v",
  } as const;

  test("that can't be read is a stranger's", () => {
    for (const text of [
      "",
      "null",
      "[]",
      "{}",
      '{"kind":"VolumeStore"}',
      formatOwnerFile({ ...owner, id: "" }),
    ]) {
      expect(parseOwnerFile(text), text).toBeUndefined();
    }
  });

  test("is read back as written", () => {
    expect(parseOwnerFile(formatOwnerFile(owner))).toEqual(owner);
    const making = { ...owner, made: ["team-a", "team-a/volumes"] };
    expect(parseOwnerFile(formatOwnerFile(making))).toEqual(making);
  });

  test("says nothing of what was made by anything but a list of paths", () => {
    for (const made of ["team-a", [1], {}])
      expect(parseOwnerFile(JSON.stringify({ ...owner, made }))).toEqual(owner);
  });
});
