import { expect, test } from "vitest";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import type { VolumeStore } from "../../api/volumestore.gen.ts";
import { storeConditions, usersOf, volumesToDelete } from "./plan.ts";

const store = (reclaimPolicy: "Retain" | "Delete" = "Retain"): VolumeStore =>
  ({
    metadata: { namespace: "team-a", name: "fast" },
    spec: { datastore: { name: "ssd-1", path: "team-a/volumes" }, reclaimPolicy },
  }) as VolumeStore;
const host = (namespace: string, ref: string) =>
  ({
    metadata: { namespace, name: "h" },
    spec: { volumeStores: [{ name: "default", ref }] },
  }) as VirtualContainerHost;

test("volumes stay unless the spec says otherwise", () => {
  expect(volumesToDelete(store())).toBeUndefined();
  expect(volumesToDelete(store("Delete"))).toBe("[ssd-1] team-a/volumes/volumes");
});

test("a problem of the server is told as such, one of the path isn't", () => {
  const statuses = (reason: "NotAllowed" | "PathOwned") =>
    storeConditions(store(), { reason, message: "m" }).map(
      ({ type, status }) => `${type}=${status}`,
    );
  expect(statuses("NotAllowed")).toEqual(["Ready=False", "ServerReachable=False"]);
  expect(statuses("PathOwned")).toEqual(["Ready=False", "ServerReachable=True"]);
});

test("only hosts of its own namespace use a store", () => {
  expect(
    usersOf(store(), [host("team-a", "fast"), host("team-b", "fast"), host("team-a", "slow")]),
  ).toEqual(["VirtualContainerHost team-a/h"]);
});
