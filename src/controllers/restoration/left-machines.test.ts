import { describe, expect, test } from "vitest";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { containerId } from "../../api/identity.ts";
import type { VmMarker } from "../../api/markers.ts";
import { isLeft, LeftSince, mayAdopt, takenBy } from "./left-machines.ts";

const id = containerId("uid-1");
const marker: VmMarker = {
  installation: "i",
  hostId: "h",
  host: "t/web",
  id,
  container: "t/c1",
  role: "container",
};
const container = (name: string, uid: string, more: object = {}): ContainerVM =>
  ({ metadata: { name, namespace: "t", uid }, ...more }) as unknown as ContainerVM;

describe("a VM is left", () => {
  test.each<[string, boolean, ContainerVM[]]>([
    ["without any container", true, []],
    ["whose container has another VM", true, [container("c1", "uid-2", { status: { id: "x" } })]],
    [
      "whose container goes",
      true,
      [
        {
          ...container("c1", "uid-2"),
          metadata: { ...container("c1", "uid-2").metadata, deletionTimestamp: "now" },
        },
      ],
    ],
    ["that its container's UID tells of: never", false, [container("c1", "uid-1")]],
    [
      "that its container's status tells of: never",
      false,
      [container("c1", "uid-2", { status: { id } })],
    ],
    ["whose container hasn't found it yet: never", false, [container("c1", "uid-2")]],
    [
      "that another name's container is made for: never",
      false,
      [
        {
          ...container("c2", "uid-2"),
          metadata: { ...container("c2", "uid-2").metadata, annotations: { "vic.dev/adopt": id } },
        },
      ],
    ],
  ])("%s", (_, expected, ofHost) => {
    expect(isLeft(marker, takenBy(ofHost))).toBe(expected);
  });

  test("that is a worker: never", () => {
    expect(isLeft({ ...marker, role: "worker" }, takenBy([]))).toBe(false);
  });
});

test("a container that was made for one VM adopts no other of its name", () => {
  const made = container("c1", "uid-2");
  made.metadata.annotations = { "vic.dev/adopt": "another" };
  expect(mayAdopt(made, marker)).toBe(false);
});

test("what is left is taken up after the grace time, and what was adopted meanwhile isn't", () => {
  const since = new LeftSince();
  expect(since.ripe("a/h", ["1", "2"], 0, 1000)).toEqual({ ids: [], nextMs: 1000 });
  expect(since.ripe("a/h", ["1"], 999, 1000)).toEqual({ ids: [], nextMs: 1 });
  expect(since.ripe("a/h", ["1", "2"], 1000, 1000)).toEqual({ ids: ["1"], nextMs: 1000 });
});
