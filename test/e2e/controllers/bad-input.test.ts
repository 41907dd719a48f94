import { mkdir, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { namespaceKind } from "../../../src/kube/core-kinds.ts";
import { createVApp, findCompute } from "../../../src/vsphere/index.ts";
import { deleteMistakes, expectCalm, expectNoPassword, says } from "./mistakes.ts";
import { Tenant } from "./objects.ts";
import { type Setting, startSetting } from "./setting.ts";

/** Each mistake in servers, hosts and stores is a condition that says what to do, and an event; it is tried calmly, and heals by itself. */
describe("bad input", () => {
  let setting: Setting;
  beforeAll(async () => {
    setting = await startSetting();
    await setting.tenant.ready("VSphereServer", "lab");
  });
  afterAll(() => setting.stop());
  afterEach(() => deleteMistakes(setting));

  test("a server that isn't there, with a wrong thumbprint, and a wrong password", async () => {
    const { tenant, lab } = setting;
    const other = new Tenant(tenant.client, lab, "team-s");
    const { LAB_USERNAME: username = "", LAB_PASSWORD: password = "" } = lab.environment;
    const { url, thumbprint } = lab;
    const server = (name: string, more: object, secret = "credentials") =>
      other.apply("VSphereServer", name, {
        url,
        thumbprint,
        credentialsSecretRef: { name: secret },
        ...more,
      });
    await other.server("lab");
    await other.ready("VSphereServer", "lab");
    await other.secret("denied", { username: "nobody", password: "wrong-password" });
    await server("away", { url: "https://127.0.0.1:1" });
    await server("forged", { thumbprint: "AA:".repeat(31) + "AA" });
    await server("denied", {}, "denied");
    await server("second", {}, "later");
    await server("elsewhere", { datacenter: "Nowhere" });
    await says(other, "VSphereServer", "away", "Unreachable");
    expect(await says(other, "VSphereServer", "forged", "CertificateRejected")).toContain(
      thumbprint,
    );
    await says(other, "VSphereServer", "denied", "CredentialsRejected");
    await says(other, "VSphereServer", "second", "CredentialsMissing");
    await says(other, "VSphereServer", "elsewhere", "DatacenterNotFound");
    await expectCalm(setting);
    await server("away", {});
    await server("forged", {});
    await server("elsewhere", {});
    await other.secret("denied", { username, password });
    await other.secret("later", { username, password });
    for (const name of ["away", "forged", "denied", "second", "elsewhere"])
      await other.ready("VSphereServer", name);
    // One that was right, and is wrong from now on.
    await other.secret("credentials", { username: "nobody", password: "wrong-password" });
    await says(other, "VSphereServer", "lab", "CredentialsRejected");
    await other.server("lab");
    await other.ready("VSphereServer", "lab");
    await other.client.delete(namespaceKind, { name: "team-s" });
    await other.gone("VSphereServer", "lab");
  });

  test("unknown server, datastore, network, cluster and volume store", async () => {
    const { tenant } = setting;
    const management = { portGroup: "VM Network" };
    const cases: readonly [name: string, reason: string, spec: object][] = [
      ["server", "ServerNotFound", { serverRef: { name: "nowhere" } }],
      ["store", "DatastoreNotFound", { imageStore: { datastore: "nowhere", path: "x" } }],
      [
        "switch",
        "NetworkNotFound",
        { networks: { bridge: { switch: "nowhere", vlan: 1 }, management } },
      ],
      ["cluster", "ComputeNotFound", { compute: { cluster: "nowhere" } }],
      ["volumes", "VolumeStoreNotFound", { volumeStores: [{ name: "default", ref: "later" }] }],
    ];
    for (const [index, [name, , spec]] of cases.entries()) {
      const bridge = { switch: "DVS-East", vlan: 100 + index };
      const imageStore = { datastore: "ssd-1", path: name };
      await tenant.host(name, { imageStore, networks: { bridge, management }, ...spec });
    }
    for (const [name, reason] of cases)
      expect(await says(tenant, "VirtualContainerHost", name, reason)).toMatch(/nowhere|later/);
    await expectCalm(setting);
    await tenant.apply("VolumeStore", "later", {
      serverRef: { name: "lab" },
      datastore: { name: "hdd-1", path: "later" },
    });
    await tenant.ready("VirtualContainerHost", "volumes");
  });

  test("what another namespace's server doesn't allow, until it does", async () => {
    const { tenant, lab } = setting;
    const other = new Tenant(tenant.client, lab, "team-x");
    await tenant.client.apply(
      namespaceKind,
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "team-x" } },
      { fieldManager: "test" },
    );
    await other.host("host", { serverRef: { name: "lab", namespace: "team-a" } });
    const message = await says(other, "VirtualContainerHost", "host", "NotAllowed");
    await expectCalm(setting);
    for (const what of ["Compute-1", "ssd-1", "DVS-East", "VM Network"])
      expect(message).toContain(what);
    const allow = [
      {
        namespaces: ["team-x"],
        datastores: [{ name: "ssd-1", pathPrefix: "team-x" }],
        pools: ["Compute-1"],
        networks: ["DVS-East", "VM Network"],
      },
    ];
    await tenant.server("lab", { allow });
    await other.ready("VirtualContainerHost", "host");
    await other.delete("VirtualContainerHost", "host");
    await other.gone("VirtualContainerHost", "host");
    await tenant.server("lab", { allow: [] });
  });

  test("new containers of a host whose namespace isn't allowed any more; those that it has can be deleted", async () => {
    const { tenant, lab } = setting;
    const other = new Tenant(tenant.client, lab, "team-y");
    await tenant.client.apply(
      namespaceKind,
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "team-y" } },
      { fieldManager: "test" },
    );
    const allowed = {
      namespaces: ["team-y"],
      datastores: [{ name: "ssd-1", pathPrefix: "team-y" }],
      pools: ["Compute-1"],
      networks: ["DVS-East", "VM Network"],
    };
    await tenant.server("lab", { allow: [allowed] });
    await other.host("host", { serverRef: { name: "lab", namespace: "team-a" } });
    for (const name of ["stays", "goes"]) await other.container(name, ["sleep", "1000"]);
    for (const name of ["stays", "goes"]) await other.reason("ContainerVM", name, "Running");
    await tenant.server("lab", { allow: [] });
    await says(other, "VirtualContainerHost", "host", "NotAllowed");
    await other.container("late", ["sleep", "1000"]);
    await other.reason("ContainerVM", "late", "HostNotReady");
    await setting.restartOperator();
    await other.delete("ContainerVM", "goes");
    await other.gone("ContainerVM", "goes");
    const late = await other.reason("ContainerVM", "late", "HostNotReady");
    expect(late.status?.vsphere?.moRef).toBeUndefined();
    expect((await other.get("ContainerVM", "stays")).status?.state).toBe("Running");
    await tenant.server("lab", { allow: [allowed] });
    await other.reason("ContainerVM", "late", "Running");
    await other.delete("VirtualContainerHost", "host");
    await other.gone("VirtualContainerHost", "host");
    await tenant.server("lab", { allow: [] });
  });

  test("a bridge on the VLAN of another host, until that is gone", async () => {
    const { tenant } = setting;
    await tenant.host("older");
    await tenant.ready("VirtualContainerHost", "older");
    await sleep(1100); // Creation times are whole seconds.
    const spec = { imageStore: { datastore: "ssd-1", path: "younger" } };
    await tenant.host("younger", spec);
    expect(await says(tenant, "VirtualContainerHost", "younger", "NetworkTaken")).toContain(
      "team-a/older",
    );
    await expectCalm(setting);
    await tenant.delete("VirtualContainerHost", "older");
    await tenant.ready("VirtualContainerHost", "younger");
  });

  test("paths that nest, or belong to another", async () => {
    const { tenant, lab } = setting;
    const store = (name: string, path: string) =>
      tenant.apply("VolumeStore", name, {
        serverRef: { name: "lab" },
        datastore: { name: "hdd-1", path },
        reclaimPolicy: "Delete",
      });
    await store("outer", "volumes");
    await tenant.ready("VolumeStore", "outer");
    await sleep(1100); // Creation times are whole seconds: the elder has the path.
    await store("inner", "volumes/inner");
    expect(await says(tenant, "VolumeStore", "inner", "PathNested")).toContain("team-a/outer");
    await expectCalm(setting);
    await tenant.delete("VolumeStore", "outer");
    await tenant.ready("VolumeStore", "inner");
    await mkdir(`${lab.datastore("hdd-1")}/owned`);
    await writeFile(
      `${lab.datastore("hdd-1")}/owned/vic-owner.json`,
      JSON.stringify({
        installation: "other",
        kind: "VolumeStore",
        namespace: "n",
        name: "theirs",
        id: "x",
      }),
    );
    await store("thief", "owned");
    expect(await says(tenant, "VolumeStore", "thief", "PathOwned")).toContain("n/theirs");
    await expectCalm(setting);
  });

  test("a vApp of our name that isn't ours: ours gets a longer one", async () => {
    const { tenant, admin } = setting;
    const pool = (await findCompute(admin.vsphere, admin.datacenter, "Compute-1")).resourcePool;
    const foreign = await createVApp(admin.vsphere, pool, {
      name: "team-a.host",
      folder: admin.datacenter.vmFolder,
    });
    await tenant.host("host");
    const { status } = await tenant.ready("VirtualContainerHost", "host");
    expect(status?.vsphere?.vApp?.name).toMatch(/^team-a\.host-[0-9a-f]{12}$/);
    await tenant.delete("VirtualContainerHost", "host");
    await tenant.gone("VirtualContainerHost", "host");
    expect(await setting.lab.tree()).toMatch(/team-a\.host {2}\[VirtualApp /);
    await admin.vsphere.tasks.run(admin.vsphere.call("Destroy_Task", foreign, {}));
  });

  test("no password was ever logged", () => expectNoPassword(setting));
});
