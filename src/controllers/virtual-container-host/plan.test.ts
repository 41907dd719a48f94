import { describe, expect, test } from "vitest";
import type { VirtualContainerHostSpec } from "../../api/virtualcontainerhost.gen.ts";
import { moref } from "../../vsphere/index.ts";
import { claimsOf, type ObservedHost, planHost } from "./plan.ts";

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
const names = { inventory: "team-a.team-a", unmarkedFolder: "vic-id" };
const folder = { ref: moref("Folder", "f"), name: "team-a.team-a", marked: true };
const vApp = {
  ref: moref("VirtualApp", "v"),
  name: "team-a.team-a",
  cpu: { limit: 8000, reservation: 500, shares: "normal" as const },
  memory: { limit: 4096, shares: 77 },
};
const portGroup = {
  ref: moref("DistributedVirtualPortgroup", "p"),
  name: "x",
  vlan: 120,
  strict: true,
  configVersion: "1",
};
const whole: ObservedHost = { folder, vApp, portGroup, directories: true, iso: true };
const none: ObservedHost = {
  folder: undefined,
  vApp: undefined,
  portGroup: undefined,
  directories: false,
  iso: false,
};
const steps = (observed: Partial<ObservedHost>, wanted = spec) =>
  planHost(wanted, { ...whole, ...observed }, names);
const words = (observed: Partial<ObservedHost>, wanted = spec) =>
  steps(observed, wanted).map((step) => step.do);

describe("planHost", () => {
  test("makes everything where nothing is, and a vApp only in a folder that is marked", () => {
    expect(words(none)).toEqual([
      "createFolder",
      "createPortGroup",
      "makeDirectories",
      "uploadIso",
    ]);
    expect(words({ ...none, folder })).toEqual([
      "createVApp",
      "createPortGroup",
      "makeDirectories",
      "uploadIso",
    ]);
  });

  test("does nothing where all stands", () => {
    expect(words({})).toEqual([]);
  });

  test("goes on with a folder that a killed run left unmarked, or marked and not renamed", () => {
    expect(words({ folder: { ...folder, name: "vic-id", marked: false } })).toEqual(["markFolder"]);
    expect(words({ folder: { ...folder, name: "vic-id" } })).toEqual(["renameFolder"]);
  });

  test("accepts an administrator's names", () => {
    expect(
      words({ folder: { ...folder, name: "Team A" }, vApp: { ...vApp, name: "Team A" } }),
    ).toEqual([]);
  });

  test.each([
    ["vApp", "createVApp"],
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
      ...vApp,
      cpu: { ...vApp.cpu, limit: 100, reservation: 900 },
      memory: { ...vApp.memory, shares: "high" as const },
    };
    expect(steps({ vApp: changed })).toEqual([
      { do: "updateLimits", ref: vApp.ref, cpu: { limit: 8000 }, memory: {} },
    ]);
  });

  test("a silent spec leaves limits and VLAN to the administrator", () => {
    const silent = {
      ...spec,
      compute: { cluster: "Compute-1" },
      networks: { ...spec.networks, bridge: { switch: "DVS", range: "172.16.0.0/12" } },
    };
    expect(
      words({ vApp: { ...vApp, cpu: { limit: 1 } }, portGroup: { ...portGroup, vlan: 7 } }, silent),
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
        ref: vApp.ref,
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
