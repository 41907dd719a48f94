import { beforeEach, expect, test } from "vitest";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import type { LiveHost } from "../../hosts/host-registry.ts";
import { networksOf } from "./addresses.ts";
import { Memory } from "../scope/memory.ts";
import type { Scope } from "../scope/scope.ts";

const live = { members: undefined } as LiveHost;
const hostOf = (range: string) =>
  ({ spec: { networks: { bridge: { range } } } }) as VirtualContainerHost;

/** What the cache shows of the host's containers. */
let shown: ContainerVM[];
let scope: Scope;
beforeEach(() => {
  shown = [];
  scope = { containers: { byIndex: () => shown }, memory: new Memory() } as unknown as Scope;
});

const container = (name: string, address?: string) =>
  ({
    metadata: { name, namespace: "a", uid: name },
    spec: { hostRef: { name: "h" }, networks: [{ name: "bridge" }] },
    status: address === undefined ? {} : { networks: [{ name: "bridge", address }] },
  }) as unknown as ContainerVM;

async function addressOf(name: string, range = "10.0.0.0/16"): Promise<string | undefined> {
  const networks = await networksOf(scope, container(name), name, hostOf(range), live);
  return "reason" in networks ? networks.reason : networks[0]?.address;
}

test("containers that are made at once, and one after the other, get an address each", async () => {
  shown = [container("old", "10.0.0.2")];
  const atOnce = await Promise.all(["c1", "c2"].map((name) => addressOf(name)));
  expect([...atOnce, await addressOf("c3")]).toEqual(["10.0.0.3", "10.0.0.4", "10.0.0.5"]);
});

test("a container that asks again has the same address", async () => {
  expect([await addressOf("c1"), await addressOf("c2"), await addressOf("c1")]).toEqual([
    "10.0.0.2",
    "10.0.0.3",
    "10.0.0.2",
  ]);
});

test("the address of a container that went is given out at once where no other is left", async () => {
  const range = "10.0.0.0/29"; // five addresses
  shown = ["2", "3", "4", "5"].map((last) => container(`c${last}`, `10.0.0.${last}`));
  expect(await addressOf("c6", range)).toBe("10.0.0.6");
  expect(await addressOf("c7", range)).toBe("AddressesExhausted");
  shown = shown.slice(1);
  expect(await addressOf("c7", range)).toBe("10.0.0.2");
});
