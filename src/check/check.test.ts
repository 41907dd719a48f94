import { describe, expect, test } from "vitest";
import type { ContainerImage } from "../api/containerimage.gen.ts";
import type { ContainerName } from "../api/containername.gen.ts";
import type { ContainerVM } from "../api/containervm.gen.ts";
import { instanceUuid, workerId } from "../api/identity.ts";
import { formatHostMarker, type VmMarker } from "../api/markers.ts";
import type { VirtualContainerHost } from "../api/virtualcontainerhost.gen.ts";
import { type MarkedObject, moref } from "../vsphere/index.ts";
import { check } from "./check.ts";
import type { Observed, ObservedMachine, Resources, Site } from "./observed.ts";

const ID_OF_NOBODY = "11111111-2222-4333-8444-555555555555";
const HOST = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
const ID = "c".repeat(64);
const vApp = moref("VirtualApp", "resgroup-v1");

const meta = (name: string, more: object = {}) => ({
  name,
  namespace: "t",
  uid: `uid-${name}`,
  creationTimestamp: "2026-01-01T00:00:00Z",
  ...more,
});
const host = {
  kind: "VirtualContainerHost",
  metadata: meta("web", { uid: HOST }),
  spec: {
    serverRef: { name: "vc" },
    imageStore: { datastore: "ds", path: "web" },
    networks: { bridge: { switch: "dvs" } },
  },
  status: { id: HOST, vsphere: { vApp: { name: "t.web", moRef: "VirtualApp:resgroup-v1" } } },
} as unknown as VirtualContainerHost;
const container = (name = "c1", id = ID, more: object = {}): ContainerVM =>
  ({
    kind: "ContainerVM",
    metadata: meta(name, more),
    spec: { hostRef: { name: "web" } },
    status: { id, state: "Running" },
  }) as unknown as ContainerVM;
const marker: VmMarker = {
  installation: "i",
  hostId: HOST,
  host: "t/web",
  id: ID,
  container: "t/c1",
  role: "container",
};
const machine = (name = "c1", more: Partial<ObservedMachine> = {}): ObservedMachine => ({
  ref: moref("VirtualMachine", `vm-${name}`),
  name,
  instanceUuid: instanceUuid(HOST, ID),
  vApp,
  path: `[ds] ${ID}/${ID}.vmx`,
  marker,
  devices: [],
  ...more,
});
const hostVApp: MarkedObject = {
  ref: vApp,
  name: "t.web",
  text: formatHostMarker({ installation: "i", host: "t/web", id: HOST }),
};

const poolOf = (name: string, text?: string): MarkedObject => ({
  ref: moref("ResourcePool", `resgroup-${name}`),
  name,
  text,
});

/** A host whose containers are in a pool, and whose bridge is on standard switches. */
const pooled = {
  ...host,
  status: {
    id: HOST,
    vsphere: {
      resourcePool: { name: "t.web", moRef: "ResourcePool:resgroup-t.web" },
      portGroup: { name: "t.web-bridge-6ba7b8109dad", moRef: "Network:network-1" },
    },
  },
} as unknown as VirtualContainerHost;
const inPool = {
  vApps: [],
  machines: [],
  pools: [poolOf("Resources"), poolOf("t.web", hostVApp.text)],
  hostPortGroups: new Map([["t.web-bridge-6ba7b8109dad", ["esx-1"]]]),
};
const onlyPooled = { hosts: [pooled], containers: [] };

const resources = (more: Partial<Resources> = {}): Resources => ({
  servers: [],
  stores: [],
  hosts: [host],
  images: [],
  containers: [container()],
  names: [],
  secrets: [],
  ...more,
});
const site = (more: Partial<Site> = {}): Site => ({
  servers: ["t/vc"],
  machines: [machine()],
  vApps: [hostVApp],
  pools: [],
  folders: [],
  portGroups: [],
  hostPortGroups: new Map(),
  datastores: [],
  ...more,
});
const observed = (
  at: Partial<Site> = {},
  before: Partial<Resources> = {},
  after: Partial<Resources> = before,
): Observed => ({
  installation: "i",
  nowMs: Date.parse("2026-01-02T00:00:00Z"),
  before: resources(before),
  after: resources(after),
  sites: [site(at)],
  unseen: [],
});
const codes = (given: Observed): string[] => check(given).map(({ code }) => code);

describe("is found:", () => {
  const worker = { ...marker, role: "worker", id: workerId(HOST) } as const;
  const disk = {
    key: 1,
    type: "VirtualDisk",
    fileName: `[ds] web/VIC/${HOST}/images/x/x.vmdk`,
    parents: [],
  };
  const onWorker = machine("w", {
    marker: worker,
    instanceUuid: instanceUuid(HOST, worker.id),
    devices: [disk],
  });
  const old = { deletionTimestamp: "2026-01-01T12:00:00Z", finalizers: ["vic.dev/finalizer"] };
  const secret = (more: object) => ({ metadata: meta("s", more) });
  const owner = { apiVersion: "vic.dev/v1alpha1", kind: "VirtualContainerHost", name: "x" };
  const claim = {
    metadata: meta("n"),
    spec: { hostRef: { name: "web" }, name: "ghost", holder: "uid-nobody" },
  } as unknown as ContainerName;
  test.each<[what: string, code: string, Observed]>([
    [
      "two VMs of one instance UUID",
      "DoubledVM",
      observed({ machines: [machine(), machine("2")] }),
    ],
    [
      "two resources of one id",
      "DoubledResource",
      observed({}, { containers: [container(), container("c2")] }),
    ],
    [
      "two vApps of one host",
      "DoubledVApp",
      observed({ vApps: [hostVApp, { ...hostVApp, ref: moref("VirtualApp", "v2") }] }),
    ],
    [
      "a VM outside its vApp",
      "VMOutOfPlace",
      observed({ machines: [machine("c1", { vApp: undefined })] }),
    ],
    ["a vApp that isn't there", "PlaceMissing", observed({ vApps: [] })],
    ["a pool that isn't there", "PlaceMissing", observed({ ...inPool, pools: [] }, onlyPooled)],
    [
      "a standard port group that no ESXi host has",
      "PlaceMissing",
      observed({ ...inPool, hostPortGroups: new Map() }, onlyPooled),
    ],
    [
      "a pool of a host that doesn't exist",
      "PoolWithoutHost",
      observed({ ...inPool, hostPortGroups: new Map() }, { hosts: [], containers: [] }),
    ],
    [
      "two pools of one host",
      "DoubledPool",
      observed({ ...inPool, pools: [...inPool.pools, poolOf("2", hostVApp.text)] }, onlyPooled),
    ],
    [
      "a pool that was never marked",
      "UnmarkedPool",
      observed({ pools: [poolOf(`vic-${ID_OF_NOBODY}`)] }),
    ],
    [
      "a pool of a bare ESXi host, of whomever",
      "PoolOfWhom",
      observed({ pools: [poolOf("t.web-0123456789ab")] }),
    ],
    [
      "a standard port group of whomever",
      "PortGroupOfWhom",
      observed({ hostPortGroups: new Map([["t.web-bridge-0123456789ab", ["esx-1"]]]) }),
    ],
    ["a VM without its resource", "VMWithoutResource", observed({}, { containers: [] })],
    ["a resource without its VM", "ResourceWithoutVM", observed({ machines: [] })],
    [
      "a worker without its host",
      "VMWithoutResource",
      observed({ machines: [onWorker], vApps: [] }, { hosts: [], containers: [] }),
    ],
    ["a disk left on a worker", "WorkerDisk", observed({ machines: [machine(), onWorker] })],
    ["a claim without holder", "NameWithoutHolder", observed({}, { names: [claim] })],
    [
      "a deletion that hangs",
      "DeletionStuck",
      observed({}, { containers: [container("c1", ID, old)] }),
    ],
    [
      "a Secret whose owner is gone",
      "SecretWithoutUse",
      observed({}, { secrets: [secret({ ownerReferences: [{ ...owner, uid: "gone" }] })] }),
    ],
    [
      "a Secret held for nobody",
      "SecretWithoutUse",
      observed({}, { secrets: [secret({ finalizers: ["vic.dev/in-use"] })] }),
    ],
  ])("%s", (_, code, given) => {
    expect(codes(given)).toEqual([code]);
  });
});

describe("is no finding:", () => {
  const image = (attached?: object): ContainerImage =>
    ({
      metadata: meta("img"),
      spec: { hostRef: { name: "web" } },
      status: { disks: [{ chainId: "x", state: "Attached", ...(attached ? { attached } : {}) }] },
    }) as unknown as ContainerImage;
  const worker = { ...marker, role: "worker", id: workerId(HOST) } as const;
  const fileName = `[ds] web/VIC/${HOST}/images/x/x.vmdk`;
  const onWorker = machine("w", {
    marker: worker,
    instanceUuid: instanceUuid(HOST, worker.id),
    devices: [{ key: 1, type: "VirtualDisk", fileName, parents: [] }],
  });
  test.each<[what: string, Observed]>([
    ["an installation in order", observed()],
    ["a host in a pool, with a bridge on standard switches", observed(inPool, onlyPooled)],
    [
      "pools and port groups of bare ESXi hosts, by their names",
      observed({
        pools: [poolOf("ha-root-pool"), poolOf("t.web-6ba7b8109dad")],
        hostPortGroups: new Map([
          ["t.web-bridge-6ba7b8109dad", ["esx-1"]],
          ["VM Network", ["esx-1", "esx-2"]],
        ]),
      }),
    ],
    ["a VM whose resource came while vSphere was read", observed({}, { containers: [] }, {})],
    ["a VM whose resource went while vSphere was read", observed({}, {}, { containers: [] })],
    [
      "a resource that came while vSphere was read",
      observed({ machines: [] }, { containers: [] }, {}),
    ],
    [
      "a resource that went while vSphere was read",
      observed({ machines: [] }, {}, { containers: [] }),
    ],
    [
      "a disk that an image has on its worker",
      observed({ machines: [machine(), onWorker] }, { images: [image({ attempt: 1 })] }),
    ],
    [
      "a disk that left the worker meanwhile",
      observed(
        { machines: [machine(), onWorker] },
        { images: [image({ attempt: 1 })] },
        { images: [image()] },
      ),
    ],
    [
      "a VM that a predecessor of this installation made",
      observed({ machines: [machine("c1", { marker: { ...marker, installation: "former" } })] }),
    ],
    ["a resource whose vCenter can't be looked at", { ...observed({ machines: [] }), sites: [] }],
  ])("%s", (_, given) => {
    expect(codes(given)).toEqual([]);
  });
});

test("what can't be looked at comes first, and what is asked for twice before what is left over", () => {
  const given = observed({ machines: [machine(), machine("2")] }, { containers: [] });
  const unseen = [{ what: "VSphereServer t/other", why: "connection refused" }];
  expect(check({ ...given, unseen }).map(({ severity }) => severity)).toEqual([
    "unseen",
    "doubled",
    "leaked",
    "leaked",
  ]);
});
