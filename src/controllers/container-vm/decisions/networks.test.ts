import { describe, expect, test } from "vitest";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { allocateNetworks, Reservations, takenBy } from "./networks.ts";

const container = (...names: string[]) =>
  ({ spec: { networks: names.map((name) => ({ name })) } }) as ContainerVM;
const bridge = { range: "172.16.0.0/12" };

describe("allocateNetworks", () => {
  test("names the networks that the host doesn't have", () => {
    expect(allocateNetworks(container("bridge", "dmz"), "id", bridge, takenBy([]))).toMatchObject({
      reason: "UnknownNetwork",
      message: expect.stringContaining('"dmz"'),
    });
  });

  test("says when the range is used up", () => {
    const taken = [{ name: "bridge", address: "10.0.0.2" }];
    expect(
      allocateNetworks(container("bridge"), "id", { range: "10.0.0.0/30" }, takenBy(taken)),
    ).toMatchObject({ reason: "AddressesExhausted" });
  });

  test("gives the lowest free address of the first /16, and a MAC address", () => {
    const taken = [{ name: "bridge", address: "172.16.0.2", mac: "00:50:56:00:00:01" }];
    expect(allocateNetworks(container("bridge"), "id", bridge, takenBy(taken))).toEqual([
      {
        name: "bridge",
        address: "172.16.0.3",
        prefixLength: 16,
        gateway: "172.16.0.1",
        mac: expect.stringMatching(/^00:50:56:[0-3]/),
      },
    ]);
  });

  test("gives none where none is asked for", () => {
    expect(allocateNetworks(container(), "id", bridge, takenBy([]))).toEqual([]);
  });
});

test("two containers that are made at once don't get one address, although no cache shows the other's yet", () => {
  const reservations = new Reservations();
  reservations.hold("a/c1", "a/h", [{ name: "bridge", address: "172.16.0.2" }]);
  expect(reservations.ofHost("a/h")).toHaveLength(1);
  expect(reservations.ofHost("a/other")).toEqual([]);
  expect(reservations.of("a/c1")).toHaveLength(1);
  expect(reservations.of("a/c2")).toBeUndefined();
  reservations.forget("a/c1");
  expect(reservations.ofHost("a/h")).toEqual([]);
});
