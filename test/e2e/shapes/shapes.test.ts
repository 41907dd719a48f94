import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseDatastorePath, unmarkedName } from "../../../src/api/naming.ts";
import type { VirtualContainerHost } from "../../../src/api/virtualcontainerhost.gen.ts";
import { check } from "../../../src/check/check.ts";
import type { Finding } from "../../../src/check/finding.ts";
import { observe } from "../../../src/check/observe.ts";
import type { Resources } from "../../../src/check/observed.ts";
import { findCondition } from "../../../src/reconcile/conditions.ts";
import {
  findCompute,
  findDatacenter,
  readHostNetworks,
  removeHostPortGroup,
} from "../../../src/vsphere/index.ts";
import { untilSeen } from "../until-seen.ts";
import { Tenant } from "../controllers/objects.ts";
import { type Setting, startSetting } from "../controllers/setting.ts";
import { TestVcenter } from "../vsphere/vcenter.ts";
import { type Shape, SHAPES } from "./profiles.ts";

/** One operator serves a server of each shape at once, beside the setting's own. */
describe("shapes of vSphere", () => {
  let setting: Setting;
  const servers = new Map<string, Promise<TestVcenter>>();
  beforeAll(async () => {
    setting = await startSetting();
    for (const { name, profile = name } of SHAPES)
      if (!servers.has(profile)) servers.set(profile, TestVcenter.start(profile));
    await Promise.all(servers.values());
  });
  afterAll(async () => {
    await setting.stop();
    await Promise.all([...servers.values()].map(async (each) => (await each).stop()));
  });

  async function settle(shape: Shape): Promise<{ tenant: Tenant; server: TestVcenter }> {
    const server = await servers.get(shape.profile ?? shape.name)!;
    const { url, thumbprint } = server.login;
    // The account that has the product's roles and no others.
    const { LAB_USERNAME: username = "", LAB_PASSWORD: password = "" } = setting.lab.environment;
    const tenant = new Tenant(setting.tenant.client, setting.lab, shape.name);
    await tenant.namespaceWith("credentials", { username, password });
    const spec = { url, thumbprint, credentialsSecretRef: { name: "credentials" } };
    await tenant.apply("VSphereServer", "lab", { ...spec, ...shape.server });
    return { tenant, server };
  }

  const hostSpec = (shape: Shape, tenant: Tenant): object => ({
    compute: shape.compute,
    imageStore: { datastore: shape.datastore ?? "ssd-1", path: shape.name },
    networks: {
      bridge: { switch: shape.bridge ?? "DVS-East", vlan: tenant.vlan },
      management: { portGroup: "VM Network" },
    },
  });

  const shapeOf = (name: string, more: Partial<Shape>): Shape => {
    const shape = SHAPES.find((each) => (each.profile ?? each.name) === more.profile);
    if (!shape) throw new Error(`no shape on ${more.profile}`);
    return { ...shape, ...more, name };
  };

  test.concurrent.each([
    [
      "a vApp on ESXi",
      "esxi",
      { host: "esx-1.lab", container: "VApp" },
      "Unsupported",
      "bare ESXi",
    ],
    [
      "a pool without DRS",
      "no-drs",
      { cluster: "Compute-1", container: "ResourcePool" },
      "Unsupported",
      "no DRS",
    ],
    [
      "a cluster's name that two have",
      "folders",
      { cluster: "Compute-1" },
      "ComputeNotFound",
      "Gold/Compute-1 or Silver/Compute-1",
    ],
  ] as const)("refuses %s", async (_what, profile, compute, reason, words) => {
    const shape = shapeOf(`not-${profile}`, { profile, compute });
    const { tenant } = await settle(shape);
    await tenant.host("host", hostSpec(shape, tenant));
    const { status } = await tenant.reason("VirtualContainerHost", "host", reason);
    expect(findCondition(status?.conditions, "Ready")?.message).toContain(words);
    await tenant.delete("VirtualContainerHost", "host");
    await tenant.gone("VirtualContainerHost", "host");
  });

  test.concurrent("refuses a datastore of virtual volumes", async () => {
    const shape = shapeOf("not-vvol", { profile: "folders", datastore: "objects" });
    const { tenant } = await settle(shape);
    await tenant.host("host", hostSpec(shape, tenant));
    await tenant.apply("VolumeStore", "store", {
      serverRef: { name: "lab" },
      datastore: { name: "objects", path: "volumes" },
    });
    await tenant.reason("VirtualContainerHost", "host", "DatastoreUnsupported");
    await tenant.reason("VolumeStore", "store", "DatastoreUnsupported");
  });

  test.concurrent("puts a port group back that one ESXi host lost", async () => {
    const profile = "standard-switch";
    const shape = shapeOf("drift", { profile, bridge: "vSwitch0" });
    const { tenant, server } = await settle(shape);
    await tenant.host("host", hostSpec(shape, tenant));
    const host = await tenant.ready("VirtualContainerHost", "host");
    const admin = await server.otherLogin();
    const { ref } = await findCompute(admin, await findDatacenter(admin), "Compute-1");
    const groups = async () =>
      (await readHostNetworks(admin, ref)).map(({ portGroups }) =>
        portGroups.filter(({ name }) => name.startsWith("drift.host")),
      );
    const before = await groups();
    const vlan = { switchName: "vSwitch0", vlan: tenant.vlan, strict: true };
    expect(before).toMatchObject([[vlan], [vlan]]);
    const [first] = await readHostNetworks(admin, ref);
    await removeHostPortGroup(admin, first!.system, before[0]![0]!.name);
    await untilSeen("the port group", groups, (now) => isDeepStrictEqual(now, before));
    await admin.close();
    await tenant.delete("VirtualContainerHost", "host");
    await tenant.gone("VirtualContainerHost", "host");
    expect(await linesOf(server, host)).toEqual([]);
  });

  test.concurrent.each(SHAPES)(
    "$name: a host stands, runs a container, and leaves nothing",
    async (shape) => {
      const { tenant, server } = await settle(shape);
      await tenant.ready("VSphereServer", "lab");
      const before = await server.tree();
      await tenant.host("host", hostSpec(shape, tenant));
      const host = await tenant.ready("VirtualContainerHost", "host");
      expect(new Set(Object.keys(host.status?.vsphere ?? {}))).toEqual(
        new Set([...shape.places, "portGroup", "managementPortGroup", "datastore"]),
      );
      expect(await server.tree()).toMatch(shape.tree);
      const compute = findCondition(host.status?.conditions, "ComputeReady");
      expect(compute?.reason).toBe(shape.computeReady ?? "Available");
      const store = server.datastore(shape.datastore ?? "ssd-1");

      await tenant.container("ends", ["sh", "-c", "echo hi; exit 7"]);
      const ended = await tenant.reason("ContainerVM", "ends", "Exited");
      expect(ended.status?.exit).toMatchObject({ code: 7 });
      // On vSAN the directory has a name of the store's.
      const config = parseDatastorePath(ended.status?.vsphere?.path ?? "")?.path ?? "";
      const log = path.join(store, path.dirname(config), `${ended.status?.id}.log`);
      expect(await readFile(log, "utf8")).toMatch(/ stdout F hi\n/);

      await tenant.container("runs", ["sleep", "1000"], { powerState: "On" });
      await tenant.reason("ContainerVM", "runs", "Running");
      expect((await server.calls())[shape.create]).toBeGreaterThanOrEqual(2);
      await tenant.until("ContainerVM", "runs", ({ status }) => status?.tools === "Running");
      // Where there is a vApp, as almost everywhere, other tests see to that.
      if (!shape.places.includes("vApp") || shape.bridge === "vSwitch0")
        await expect.poll(() => findingsOf(tenant)).toEqual([]);
      await tenant.container("runs", ["sleep", "1000"], { powerState: "Off" });
      await tenant.until("ContainerVM", "runs", ({ status }) => status?.state === "Exited");
      await tenant.delete("ContainerVM", "runs");
      await tenant.gone("ContainerVM", "runs");

      await tenant.delete("VirtualContainerHost", "host");
      await tenant.gone("VirtualContainerHost", "host");
      expect(await linesOf(server, host)).toEqual([]);
      expect(await readdir(store)).not.toContain(shape.name);
      if (shape.name === "vsan") expect(await readdir(store)).toEqual([]);
      expect(before).not.toMatch(shape.tree);
    },
  );

  test("vic check looks at all of them, and finds nothing of those that went", async () => {
    await expect.poll(async () => check(await observe(setting.tenant.client))).toEqual([]);
  });
});

/** What `vic check` finds in a tenant's namespace and on its server. */
async function findingsOf({ client, namespace }: Tenant): Promise<Finding[]> {
  const observed = await observe(client);
  const own = (all: Resources): Resources => ({
    servers: of(all.servers),
    stores: of(all.stores),
    hosts: of(all.hosts),
    images: of(all.images),
    containers: of(all.containers),
    names: of(all.names),
    secrets: of(all.secrets),
  });
  const of = <T extends { metadata?: { namespace?: string } }>(objects: readonly T[]): T[] =>
    objects.filter(({ metadata }) => metadata?.namespace === namespace);
  const { before, after, sites } = observed;
  return check({
    ...observed,
    before: own(before),
    after: own(after),
    sites: sites.filter(({ servers }) => servers.includes(`${namespace}/lab`)),
  });
}

/** Lines of the inventory that name something of a host's; others make theirs beside it. */
async function linesOf(
  server: TestVcenter,
  { metadata, status }: VirtualContainerHost,
): Promise<string[]> {
  const names = [`${metadata.namespace}.host`, unmarkedName(status?.id ?? "")];
  const lines = (await server.tree()).split("\n");
  return lines.filter((line) => names.some((name) => line.includes(name)));
}
