import { describe, expect, test } from "vitest";
import { moref } from "../wsdl/moref.ts";
import { choose, pathTo } from "./traverse.ts";

const thing = (type: string, id: string, name: string, parent: string) => ({
  ref: moref(type, id),
  props: { name, parent: moref("Folder", parent) },
});
const gold = thing("Folder", "gold", "Gold", "root");
const silver = thing("Folder", "silver", "North%2fWest", "root");
const one = thing("ClusterComputeResource", "1", "Compute-1", "gold");
const two = thing("ClusterComputeResource", "2", "Compute-1", "silver");
const three = thing("ClusterComputeResource", "3", "50%25", "root");
const four = thing("ClusterComputeResource", "4", "Compute-2", "gold");
const top = thing("ClusterComputeResource", "5", "Compute-2", "root");
const candidates = [one, two, three, four, top];
const all = [gold, silver, ...candidates];
const chosen = (wanted: string) => choose("cluster", wanted, candidates, all, "DC0").ref.value;

describe("choose", () => {
  test.each(["Compute-3", "Gold", "Silver/Compute-1", "", "Gold/Gold/Compute-1"])(
    "finds nothing by %j",
    (wanted) => {
      expect(() => chosen(wanted)).toThrow(`no cluster named ${JSON.stringify(wanted)} in DC0`);
    },
  );

  test("refuses a name that several have, and says which there are", () => {
    expect(() => chosen("Compute-1")).toThrow(
      'no cluster named "Compute-1" in DC0 alone: give the path, Gold/Compute-1 or North%2fWest/Compute-1',
    );
  });

  test("takes a name, a path, and a name at the top before one in a folder", () => {
    expect(chosen("Gold/Compute-1")).toBe("1");
    expect(chosen("North%2fWest/Compute-1")).toBe("2");
    expect(chosen("50%")).toBe("3");
    expect(chosen("50%25")).toBe("3");
    expect(chosen("Compute-2")).toBe("5");
  });
});

test("a path has the names as vSphere stores them", () => {
  expect(pathTo(two, all)).toEqual(["North%2fWest", "Compute-1"]);
});
