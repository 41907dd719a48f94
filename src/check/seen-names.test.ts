import { expect, test } from "vitest";
import { asSeen, seenNamesOf } from "./seen-names.ts";
import type { Site } from "./observed.ts";

const own = "5a1b2c3d-0000-4000-8000-000000000001";
const names = new Map([
  [
    "vsan",
    seenNamesOf([
      { name: own, friendlyName: "team-a", isDirectory: true, sizeBytes: 0 },
      { name: "nameless", isDirectory: true, sizeBytes: 0 },
    ]),
  ],
]);

function site(path: string): Site {
  const devices = [{ key: 1, type: "VirtualDisk", fileName: path, parents: [path] }];
  const machine = { path, devices, ref: {}, name: "vm" };
  return {
    servers: [],
    machines: [machine],
    vApps: [],
    folders: [],
    portGroups: [],
    datastores: [{ name: "vsan", directories: [], claims: [{ path: `${own}/VIC`, entries: [] }] }],
  } as unknown as Site;
}

const pathsIn = ({ machines }: Site): unknown[] =>
  machines.flatMap(({ path, devices }) => [
    path,
    devices?.[0]?.fileName,
    devices?.[0]?.parents?.[0],
  ]);

test.each([
  `[other] ${own}/a.vmdk`,
  "[vsan] nameless/a.vmdk",
  "[vsan] unknown/a.vmdk",
  "/vmfs/volumes/vsan/a.vmdk",
])("%s stays", (path) => {
  expect(pathsIn(asSeen(site(path), names))).toEqual([path, path, path]);
});

test("what lies in a directory that people know by another name is shown there", () => {
  const seen = asSeen(site(`[vsan] ${own}/VIC/a.vmdk`), names);
  const path = "[vsan] team-a/VIC/a.vmdk";
  expect(pathsIn(seen)).toEqual([path, path, path]);
  expect(seen.datastores[0]?.claims[0]?.path).toBe("team-a/VIC");
});
