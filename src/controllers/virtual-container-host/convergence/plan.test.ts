import { describe, expect, test } from "vitest";
import type { VirtualContainerHostSpec } from "../../../api/virtualcontainerhost.gen.ts";
import { moref } from "../../../vsphere/index.ts";
import { claimsOf, type ObservedHost, planHost } from "./plan.ts";
import type { HostShape } from "./shape.ts";

const spec: VirtualContainerHostSpec = {
  serverRef: { name: "dc" },
  compute: {
    cluster: "Compute-1",
    cpu: { limitMHz: 8000, shares: "Normal" },
    memory: { limitMiB: 4096 },
  },
  imageStore: { datastore: "ssd-1", path: "team-a" },
  networks: {
    bridge: { switch: "DVS", vlan: 120, range: "172.16.0.0/12" },
    management: { portGroup: "VM Network" },
  },
  docker: { serverNames: [], tls: { mode: "Verify" as const }, powerState: "Override" as const },
  containerDefaults: { cpus: 2, memoryMiB: 2048 },
  deletionPolicy: "Protect",
};
const names = {
  folder: "team-a.team-a",
  container: "team-a.team-a",
  portGroup: "team-a.team-a-bridge",
  unmarked: "vic-id",
  own: "team-a.team-a-id",
  ownPortGroup: "team-a.team-a-bridge-id",
};
const shapes = {
  vApp: { container: "VApp", folder: true, attributes: true },
  pool: { container: "ResourcePool", folder: true, attributes: true },
  bare: { container: "ResourcePool", folder: false, attributes: false },
  noDrs: { container: "Folder", folder: true, attributes: true },
} as const;
const folder = { ref: moref("Folder", "f"), name: "team-a.team-a", marked: true };
const container = {
  kind: "VApp" as const,
  ref: moref("VirtualApp", "v"),
  name: "team-a.team-a",
  marked: true,
  cpu: { limit: 8000, reservation: 500, shares: "normal" as const },
  memory: { limit: 4096, shares: 77 },
};
const pool = { ...container, kind: "ResourcePool" as const, ref: moref("ResourcePool", "r") };
const portGroup = {
  kind: "distributed" as const,
  ref: moref("DistributedVirtualPortgroup", "p"),
  name: "x",
  vlan: 120,
  strict: true,
  configVersion: "1",
  numPorts: 8,
  vms: [],
};
const taken: ObservedHost["taken"] = new Set();
const whole: ObservedHost = { folder, container, portGroup, taken, directories: true, iso: true };
const none: ObservedHost = {
  folder: undefined,
  container: undefined,
  taken,
  portGroup: undefined,
  directories: false,
  iso: false,
};
const steps = (observed: Partial<ObservedHost>, wanted = spec, shape: HostShape = shapes.vApp) =>
  planHost(wanted, shape, { ...whole, ...observed }, names);
const words = (observed: Partial<ObservedHost>, wanted = spec, shape: HostShape = shapes.vApp) =>
  steps(observed, wanted, shape).map((step) => step.do);

describe("planHost", () => {
  test("makes everything where nothing is, and a vApp only in a folder that is marked", () => {
    const claim = ["makeDirectories", "uploadIso"];
    expect(words(none)).toEqual([...claim, "createFolder", "createPortGroup"]);
    expect(words({ ...none, folder })).toEqual([...claim, "createVApp", "createPortGroup"]);
  });

  test("does nothing where all stands", () => {
    expect(words({})).toEqual([]);
  });

  test("a port group that is full is made larger where a VM couldn't be made, as far as vSphere lets it", () => {
    const vms = Array.from({ length: 9 }, (_, index) => moref("VirtualMachine", `${index}`));
    const grown = (change: object, isShort = true) =>
      planHost(
        spec,
        shapes.vApp,
        { ...whole, portGroup: { ...portGroup, vms, ...change } },
        names,
        isShort,
      );
    const step = { do: "growPortGroup", ref: portGroup.ref, configVersion: "1" };
    expect(grown({})).toEqual([{ ...step, numPorts: 18 }]);
    expect(grown({ vms: vms.slice(1) })).toEqual([{ ...step, numPorts: 16 }]);
    expect(grown({}, false)).toEqual([]);
    expect(grown({ numPorts: 10 })).toEqual([]);
    expect(grown({ numPorts: 8192, vms: Array.from({ length: 8192 }, () => vms[0]) })).toEqual([]);
    // One change at a time: each makes another version.
    expect(grown({ vlan: 7 }).map((each) => each.do)).toEqual(["setPortGroup"]);
  });

  test("goes on with a folder that a killed run left unmarked, or marked and not renamed", () => {
    expect(words({ folder: { ...folder, name: "vic-id", marked: false } })).toEqual(["mark"]);
    expect(words({ folder: { ...folder, name: "vic-id" } })).toEqual(["rename"]);
  });

  test("accepts an administrator's names", () => {
    expect(
      words({ folder: { ...folder, name: "Team A" }, container: { ...container, name: "Team A" } }),
    ).toEqual([]);
  });

  test.each([
    ["container", "createVApp"],
    ["folder", "createFolder"],
    ["portGroup", "createPortGroup"],
  ])("makes a deleted %s again", (what, step) => {
    expect(words({ [what]: undefined })).toEqual([step]);
  });

  test("makes deleted directories and a deleted ISO again", () => {
    expect(words({ directories: false })).toEqual(["makeDirectories", "uploadIso"]);
    expect(words({ iso: false })).toEqual(["uploadIso"]);
  });

  test("corrects what the spec says and nothing else", () => {
    const changed = {
      ...container,
      cpu: { ...container.cpu, limit: 100, reservation: 900 },
      memory: { ...container.memory, shares: "high" as const },
    };
    expect(steps({ container: changed })).toEqual([
      { do: "updateLimits", ref: container.ref, cpu: { limit: 8000 }, memory: {} },
    ]);
  });

  test("a silent spec leaves limits and VLAN to the administrator", () => {
    const silent = {
      ...spec,
      compute: { cluster: "Compute-1" },
      networks: { ...spec.networks, bridge: { switch: "DVS", range: "172.16.0.0/12" } },
    };
    expect(
      words(
        { container: { ...container, cpu: { limit: 1 } }, portGroup: { ...portGroup, vlan: 7 } },
        silent,
      ),
    ).toEqual([]);
  });

  test("numbers and words of shares, and -1 for no limit, are compared as vSphere has them", () => {
    const odd = {
      ...spec,
      compute: {
        ...spec.compute,
        cpu: { shares: "4000" },
        memory: { shares: "HIGH", limitMiB: -1 },
      },
    };
    expect(steps({}, odd)).toEqual([
      {
        do: "updateLimits",
        ref: container.ref,
        cpu: { shares: 4000 },
        memory: { limit: -1, shares: "high" },
      },
    ]);
  });

  test("a VLAN and what ports may do are corrected with the version that was read, an existing port group never", () => {
    expect(steps({ portGroup: { ...portGroup, vlan: 7 } })).toEqual([
      { do: "setPortGroup", ref: portGroup.ref, vlan: 120, configVersion: "1" },
    ]);
    expect(steps({ portGroup: { ...portGroup, strict: false } })).toEqual([
      { do: "setPortGroup", ref: portGroup.ref, configVersion: "1" },
    ]);
    const existing = {
      ...spec,
      networks: { ...spec.networks, bridge: { portGroup: "Bridge-1", range: "172.16.0.0/12" } },
    };
    expect(words({ portGroup: undefined }, existing)).toEqual([]);
  });
});

describe("planHost, on other shapes of vSphere", () => {
  test("a pool is marked and named like a folder, where custom attributes can mark it", () => {
    const poolSteps = (seen: ObservedHost["container"]) =>
      steps({ container: seen }, spec, shapes.pool);
    expect(poolSteps(undefined)).toMatchObject([{ do: "createPool", name: "vic-id" }]);
    expect(poolSteps({ ...pool, name: "vic-id", marked: false })).toEqual([
      { do: "mark", ref: pool.ref },
    ]);
    expect(poolSteps({ ...pool, name: "vic-id" })).toEqual([
      { do: "rename", what: "resource pool", ref: pool.ref, name: "team-a.team-a" },
    ]);
    expect(poolSteps({ ...pool, memory: {} })).toMatchObject([
      { do: "updateLimits", ref: pool.ref },
    ]);
  });

  test("on a bare host its name says whose it is, and there is no folder", () => {
    const bare = { ...whole, folder: undefined, container: undefined };
    expect(steps(bare, spec, shapes.bare)).toMatchObject([{ do: "createPool", name: names.own }]);
    const stands = { ...bare, container: { ...pool, name: names.own, marked: false } };
    expect(steps(stands, spec, shapes.bare)).toEqual([]);
  });

  test("without DRS there is a folder and nothing else", () => {
    expect(words({ ...none, iso: true, directories: true, portGroup }, spec, shapes.noDrs)).toEqual(
      ["createFolder"],
    );
    expect(words({ container: undefined }, spec, shapes.noDrs)).toEqual([]);
  });

  test("names that somebody else has are left to them", () => {
    const others: ObservedHost["taken"] = new Set(["folder", "container", "portGroup"] as const);
    const unnamed = { folder: { ...folder, name: "vic-id" }, taken: others };
    expect(steps({ ...unnamed, container: undefined, portGroup: undefined })).toMatchObject([
      { do: "rename", name: names.own },
      { do: "createVApp", name: names.own },
      { do: "createPortGroup", name: names.ownPortGroup },
    ]);
  });

  test("each ESXi host gets the port group on its standard switch, with the VLAN and strict", () => {
    const good = { vlan: 120, strict: true, onSwitch: true };
    const seen = (...has: (typeof good | undefined)[]): ObservedHost["portGroup"] => ({
      kind: "standard",
      hosts: has.map((each, at) => ({ hostName: `esx-${at}`, has: each })),
    });
    expect(steps({ portGroup: seen(good, good) })).toEqual([]);
    const bad = seen(undefined, { ...good, vlan: 7 }, good, { ...good, strict: false });
    expect(steps({ portGroup: bad })).toEqual([
      { do: "addHostPortGroups", name: names.ownPortGroup, vlan: 120, hosts: ["esx-0"] },
      { do: "setHostPortGroups", name: names.ownPortGroup, vlan: 120, hosts: ["esx-1", "esx-3"] },
    ]);
    const silent = { ...spec, networks: { ...spec.networks, bridge: { switch: "v", range: "" } } };
    expect(steps({ portGroup: seen({ ...good, vlan: 7 }) }, silent)).toEqual([]);
  });
});

test("a host claims its pool, its path and each of its networks once", () => {
  const both = {
    ...spec,
    networks: { ...spec.networks, bridge: { portGroup: "VM Network", range: "172.16.0.0/12" } },
  };
  expect(claimsOf(both)).toEqual([
    { kind: "pool", name: "Compute-1" },
    { kind: "datastore", datastore: "ssd-1", path: "team-a" },
    { kind: "network", name: "VM Network" },
  ]);
});
