import { expect, it } from "vitest";
import type {
  ContainerImageStatus,
  ContainerImageStatusDisk,
  ContainerImageStatusUnpack,
} from "../../api/containerimage.gen.ts";
import { disksToUnpack, withAnswer } from "./plan.ts";

const disk = (chainId: string, attempt?: number): ContainerImageStatusDisk => ({
  chainId,
  path: `[ds] images/${chainId}/${chainId}.vmdk`,
  state: "Attached",
  layers: [],
  ...(attempt === undefined ? {} : { attached: { target: 1, attempt } }),
});
const done = (chainId: string, attempt: number): ContainerImageStatusUnpack => ({
  chainId,
  attempt,
  result: "Done",
});

it.each<[string, ContainerImageStatus, string[]]>([
  ["an image not resolved yet", {}, []],
  ["a disk that isn't attached", { disks: [disk("a")] }, []],
  ["a disk that has its answer", { disks: [disk("a", 2)], unpacks: [done("a", 2)] }, []],
  ["an attached disk", { disks: [disk("a", 1), disk("b")] }, ["a"]],
  ["a disk made anew after a failure", { disks: [disk("a", 2)], unpacks: [done("a", 1)] }, ["a"]],
])("of %s unpacks what has no answer", (_, status, expected) => {
  expect(disksToUnpack(status).map((each) => each.chainId)).toEqual(expected);
});

it("gives an answer beside the others, without those to former attempts and to disks that are gone", () => {
  const status = {
    disks: [disk("a"), disk("b")],
    unpacks: [done("a", 1), done("b", 1), done("gone", 1)],
  };
  expect(withAnswer(status, done("a", 2))).toEqual([done("b", 1), done("a", 2)]);
});
