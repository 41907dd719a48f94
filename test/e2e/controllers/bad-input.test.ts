import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { eventKind, namespaceKind } from "../../../src/kube/core-kinds.ts";
import type { KindName } from "../../../src/api/kinds.ts";
import { createVApp, findCompute } from "../../../src/vsphere/index.ts";
import { isTrue } from "../../../src/reconcile/conditions.ts";
import { Tenant } from "./objects.ts";
import { type Setting, startSetting } from "./setting.ts";

/** Each mistake is a condition that says what to do, and an event; it is tried calmly, and heals by itself. */
describe("bad input", () => {
  let setting: Setting;
  const unpacking = { failing: "" };
  beforeAll(async () => {
    setting = await startSetting({
      answer: () =>
        unpacking.failing
          ? { result: "Failed", reason: unpacking.failing, message: "as the test says" }
          : { result: "Done" },
    });
    await setting.tenant.ready("VSphereServer", "lab");
  });
  afterAll(() => setting.stop());
  afterEach(async () => {
    const { tenant } = setting;
    for (const kind of [
      "ContainerVM",
      "ContainerImage",
      "VirtualContainerHost",
      "VolumeStore",
    ] as const)
      await tenant.deleteAll(kind);
  });

  /** Waits for the reason, in condition and event alike, and sees that nothing spins. */
  async function says(
    kind: KindName,
    name: string,
    reason: string,
    tenant = setting.tenant,
  ): Promise<string> {
    const object = await tenant.reason(kind, name, reason);
    const ready = object.status?.conditions?.find(({ type }) => type === "Ready");
    const told = async () =>
      (await tenant.client.list(eventKind, { namespace: tenant.namespace })).items.some(
        (event) =>
          event.regarding?.kind === kind &&
          event.regarding.name === name &&
          event.reason === reason,
      );
    for (let tries = 0; tries < 50 && !(await told()); tries++) await sleep(100);
    expect(await told(), `an event with reason ${reason}`).toBe(true);
    await setting.lab.resetCalls();
    await sleep(1500);
    const calls = Object.values(await setting.lab.calls()).reduce((sum, count) => sum + count, 0);
    expect(calls, "calls in 1.5 s").toBeLessThan(25);
    return ready?.message ?? "";
  }

  test("a server that isn't there, with a wrong thumbprint, and a wrong password", async () => {
    const { tenant, lab } = setting;
    const other = new Tenant(tenant.client, lab, "team-s");
    await other.server("lab", { url: "https://127.0.0.1:1" });
    await says("VSphereServer", "lab", "Unreachable", other);
    await other.server("lab", { thumbprint: "AA:".repeat(31) + "AA" });
    expect(await says("VSphereServer", "lab", "CertificateRejected", other)).toContain(
      lab.thumbprint,
    );
    await other.server("lab");
    await other.ready("VSphereServer", "lab");
    await other.secret("credentials", { username: "nobody", password: "wrong-password" });
    await says("VSphereServer", "lab", "CredentialsRejected", other);
    await other.server("lab");
    await other.ready("VSphereServer", "lab");
    await other.apply("VSphereServer", "second", {
      url: lab.url,
      thumbprint: lab.thumbprint,
      credentialsSecretRef: { name: "later" },
    });
    await says("VSphereServer", "second", "CredentialsMissing", other);
    const { GOVC_USERNAME: username = "", GOVC_PASSWORD: password = "" } = lab.environment;
    await other.secret("later", { username, password });
    await other.ready("VSphereServer", "second");
    await other.apply("VSphereServer", "second", {
      url: lab.url,
      thumbprint: lab.thumbprint,
      credentialsSecretRef: { name: "later" },
      datacenter: "Nowhere",
    });
    await says("VSphereServer", "second", "DatacenterNotFound", other);
    await other.client.delete(namespaceKind, { name: "team-s" });
    await other.gone("VSphereServer", "lab");
  });

  test("unknown server, datastore, network, cluster and volume store", async () => {
    const { tenant } = setting;
    const host = (more: object) => tenant.host("host", more);
    const cases: [string, object][] = [
      ["ServerNotFound", { serverRef: { name: "nowhere" } }],
      ["DatastoreNotFound", { imageStore: { datastore: "nowhere", path: "x" } }],
      [
        "NetworkNotFound",
        {
          networks: {
            bridge: { switch: "nowhere", vlan: 1 },
            management: { portGroup: "VM Network" },
          },
        },
      ],
      ["ComputeNotFound", { compute: { cluster: "nowhere" } }],
      ["VolumeStoreNotFound", { volumeStores: [{ name: "default", ref: "later" }] }],
    ];
    for (const [reason, more] of cases) {
      await host(more);
      expect(await says("VirtualContainerHost", "host", reason)).toMatch(/nowhere|later/);
      if (reason !== "VolumeStoreNotFound") {
        await tenant.delete("VirtualContainerHost", "host");
        await tenant.gone("VirtualContainerHost", "host");
      }
    }
    await tenant.apply("VolumeStore", "later", {
      serverRef: { name: "lab" },
      datastore: { name: "hdd-1", path: "later" },
    });
    await tenant.ready("VirtualContainerHost", "host");
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
    const message = await says("VirtualContainerHost", "host", "NotAllowed", other);
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

  test("a bridge on the VLAN of another host, until that is gone", async () => {
    const { tenant } = setting;
    await tenant.host("older");
    await tenant.ready("VirtualContainerHost", "older");
    await sleep(1100); // Creation times are whole seconds.
    const spec = { imageStore: { datastore: "ssd-1", path: "younger" } };
    await tenant.host("younger", spec);
    expect(await says("VirtualContainerHost", "younger", "NetworkTaken")).toContain("team-a/older");
    await tenant.delete("VirtualContainerHost", "older");
    await tenant.ready("VirtualContainerHost", "younger");
    await tenant.deleteAll("VirtualContainerHost");
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
    expect(await says("VolumeStore", "inner", "PathNested")).toContain("team-a/outer");
    await tenant.delete("VolumeStore", "outer");
    await tenant.ready("VolumeStore", "inner");
    const { writeFile, mkdir } = await import("node:fs/promises");
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
    expect(await says("VolumeStore", "thief", "PathOwned")).toContain("n/theirs");
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

  test("images that can't be had, and hosts that don't exist", async () => {
    const { tenant, lab } = setting;
    await tenant.container("homeless", ["true"], { hostRef: { name: "nowhere" } });
    await says("ContainerVM", "homeless", "HostNotFound");
    await tenant.host("host");
    await tenant.ready("VirtualContainerHost", "host");
    const image = (name: string, reference: string) =>
      tenant.apply("ContainerImage", name, { hostRef: { name: "host" }, image: reference });
    await image("absent", "no-such-image");
    await says("ContainerImage", "absent", "ImageNotFound");
    await image("foreign", "broken/platform");
    await says("ContainerImage", "foreign", "UnsupportedImage");
    await image("down", "127.0.0.1:1/x");
    await says("ContainerImage", "down", "RegistryUnreachable");
    await image(
      "untrusted",
      `localhost:${(lab.environment["LAB_REGISTRY_TLS"] ?? "").split(":")[1]}/busybox`,
    );
    await tenant.until(
      "ContainerImage",
      "untrusted",
      ({ status }) => status?.conditions !== undefined,
    );
    await tenant.container("c1", ["true"], { image: "no-such-image" });
    const waiting = await tenant.reason("ContainerVM", "c1", "ImageNotReady");
    expect(JSON.stringify(waiting.status?.conditions)).toContain("ImageNotFound");
  });

  test("a layer that can't be unpacked, until it can", async () => {
    const { tenant } = setting;
    await tenant.host("host");
    for (const reason of ["LayerCorrupt", "DiffIDMismatch", "PathEscapes"]) {
      unpacking.failing = reason;
      await tenant.apply("ContainerImage", "img", { hostRef: { name: "host" }, image: "busybox" });
      await says("ContainerImage", "img", reason);
      await tenant.delete("ContainerImage", "img");
      await tenant.gone("ContainerImage", "img");
    }
    unpacking.failing = "UnpackFailed";
    await tenant.container("c1", ["true"]);
    const name = (await tenant.reason("ContainerVM", "c1", "ImageNotReady")).metadata.name;
    await sleep(2000);
    unpacking.failing = "";
    await tenant.until("ContainerVM", name, ({ status }) => status?.state === "Exited", 60_000);
  });

  test("a worker that can't be made, until it can", async () => {
    const { tenant, lab } = setting;
    await tenant.host("host");
    await tenant.ready("VirtualContainerHost", "host");
    const fault = { fault: "NoDiskSpace", message: "datastore ssd-1 is full", inTask: true };
    await lab.order("POST", "/faults", { method: "CreateChildVM_Task", ...fault });
    await tenant.container("c1", ["true"]);
    const waiting = await tenant.until("ContainerVM", "c1", ({ status }) =>
      JSON.stringify(status?.conditions ?? []).includes("WorkerFailed"),
    );
    expect(JSON.stringify(waiting.status?.conditions)).toContain("ssd-1 is full");
    const image = waiting.status?.conditions?.find(({ type }) => type === "ImageReady")?.message;
    await says("ContainerImage", /"(.*?)"/.exec(image ?? "")?.[1] ?? "", "WorkerFailed");
    const host = await tenant.get("VirtualContainerHost", "host");
    expect(host.status?.worker).toMatchObject({ state: "Failed", reason: "WorkerFailed" });
    // The host itself serves on: containers whose image is there need no worker.
    expect(isTrue(host.status?.conditions, "Ready")).toBe(true);
    await lab.order("DELETE", "/faults");
    await tenant.until("ContainerVM", "c1", ({ status }) => status?.state === "Exited", 90_000);
  });

  test("an unknown network", async () => {
    const { tenant } = setting;
    await tenant.host("host");
    await tenant.container("c1", ["true"], { networks: [{ name: "dmz" }] });
    expect(await says("ContainerVM", "c1", "UnknownNetwork")).toContain("dmz");
  });

  test("the vCenter goes away and comes back; its sessions end", async () => {
    const { tenant, lab } = setting;
    await tenant.host("host");
    await tenant.container("c1", ["sleep", "1000"]);
    await tenant.reason("ContainerVM", "c1", "Running", 60_000);
    await lab.order("POST", "/vcenter/restart", { downMs: 3000 });
    await tenant.reason("VSphereServer", "lab", "Unreachable");
    await tenant.container("c2", ["true"]);
    await tenant.ready("VSphereServer", "lab");
    await tenant.until("ContainerVM", "c2", ({ status }) => status?.state === "Exited", 60_000);
    await lab.order("POST", "/sessions/terminate", {});
    await tenant.container("c3", ["true"]);
    await tenant.until("ContainerVM", "c3", ({ status }) => status?.state === "Exited", 60_000);
    await lab.kill("vcenter");
    await tenant.container("c4", ["true"]);
    await tenant.until("ContainerVM", "c4", ({ status }) => status?.state === "Exited", 90_000);
  });

  test("no password was ever logged", () => {
    const telling = setting.operator.log.filter((line) => /(lab|wrong)-password/.test(line));
    expect(telling).toEqual([]);
  });
});
