import { expect, test } from "vitest";
import { formatOwnerFile, type OwnerFile } from "../../api/markers.ts";
import { judgeOwner } from "./owner-file.ts";

const me: OwnerFile = {
  installation: "i1",
  kind: "VolumeStore",
  namespace: "team-a",
  name: "fast",
  id: "id1",
};

test.each([
  ["another resource", { ...me, name: "slow", id: "id2" }, "VolumeStore team-a/slow"],
  [
    "the same name in another installation",
    { ...me, installation: "i2", id: "id2" },
    "VolumeStore team-a/fast of installation i2",
  ],
  [
    "a copied id in another installation",
    { ...me, installation: "i2" },
    "VolumeStore team-a/fast of installation i2",
  ],
])("a directory of %s is taken", (_, owner, by) => {
  expect(judgeOwner(formatOwnerFile(owner), me)).toEqual({ state: "taken", by });
});

test("a directory with an owner file that says nothing is taken all the same", () => {
  expect(judgeOwner("", me)).toMatchObject({ state: "taken" });
});

test("a directory without one is free, with ours ours", () => {
  expect(judgeOwner(undefined, me)).toEqual({ state: "free" });
  expect(judgeOwner(formatOwnerFile(me), me)).toEqual({ state: "ours" });
});
