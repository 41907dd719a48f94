import { describe, expect, test } from "vitest";
import { type Claim, contains, refusedClaims } from "./allow.ts";

const server = {
  namespace: "vic-system",
  allow: [
    {
      namespaces: ["team-a", "team-c"],
      datastores: [{ name: "ssd-1", pathPrefix: "team-a" }],
      pools: ["Compute-1"],
      networks: ["DVS"],
    },
    { namespaces: ["team-b"], datastores: [{ name: "ssd-2" }] },
  ],
};
const on = (datastore: string, path: string): Claim => ({ kind: "datastore", datastore, path });

describe("refusedClaims", () => {
  const refused: [string, string, Claim][] = [
    ["a namespace that no rule names", "team-x", { kind: "pool", name: "Compute-1" }],
    ["what another namespace's rule allows", "team-b", { kind: "network", name: "DVS" }],
    ["a path beside the prefix", "team-a", on("ssd-1", "team-b")],
    ["a path that only starts with the same letters", "team-a", on("ssd-1", "team-abc")],
    ["a path above the prefix", "team-a", on("ssd-1", "")],
    ["a path that climbs out of the prefix", "team-a", on("ssd-1", "team-a/../team-b")],
    ["the same path on another datastore", "team-a", on("ssd-2", "team-a")],
    ["a network that isn't listed", "team-a", { kind: "network", name: "VM Network" }],
  ];
  test.each(refused)("refuses %s", (_, namespace, claim) => {
    expect(refusedClaims(server, namespace, [claim])).toEqual([claim]);
  });

  const allowed: [string, string, Claim][] = [
    ["everything in the server's own namespace", "vic-system", on("any", "where")],
    ["the prefix itself", "team-a", on("ssd-1", "team-a")],
    ["a path below the prefix", "team-c", on("ssd-1", "team-a/images")],
    ["all of a datastore without a prefix", "team-b", on("ssd-2", "")],
    ["a listed pool", "team-a", { kind: "pool", name: "Compute-1" }],
  ];
  test.each(allowed)("allows %s", (_, namespace, claim) => {
    expect(refusedClaims(server, namespace, [claim])).toEqual([]);
  });
});

test("contains goes by whole segments, whatever the slashes", () => {
  expect(contains("/a/b/", "a//b/c")).toBe(true);
  expect(contains("a/b", "a/bc")).toBe(false);
  expect(contains("", "a")).toBe(true);
});
