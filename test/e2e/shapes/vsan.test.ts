import { readdir } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { check } from "../../../src/check/check.ts";
import { isFault } from "../../../src/check/finding.ts";
import { observe } from "../../../src/check/observe.ts";
import { killAt } from "../controllers/kill-at.ts";
import type { Lab } from "../controllers/lab.ts";
import type { Tenant } from "../controllers/objects.ts";
import { OperatorProcess } from "../controllers/operator-process.ts";
import { keeperServed } from "../controllers/quiet.ts";
import { startTenancy, type Tenancy } from "../controllers/tenancy.ts";

/** A directory at the top of a vSAN is an object that would stay for good: one that was made, and not told of yet, is found again. */
describe("vSAN", () => {
  let tenancy: Tenancy;
  let lab: Lab;
  let tenant: Tenant;
  let operator: OperatorProcess;
  beforeAll(async () => {
    tenancy = await startTenancy({ profile: "vsan" });
    ({ lab, tenant } = tenancy);
    operator = await OperatorProcess.start(lab.kubeconfig);
  });
  afterAll(async () => {
    await lab.order("DELETE", "/faults");
    await operator.stop();
    await tenancy.stop();
  });

  async function life(): Promise<void> {
    await tenant.host("host");
    await tenant.container("c1", ["sleep", "1000"]);
    await tenant.reason("ContainerVM", "c1", "Running");
    expect((await lab.vms()).filter(({ name }) => name.startsWith("c1-"))).toHaveLength(1);
    const { status } = await tenant.get("ContainerVM", "c1");
    expect(status?.vsphere?.path).toMatch(/^\[ssd-1\] [0-9a-f-]{36}\/[0-9a-f]{64}\.vmx$/);
    await expect.poll(async () => check(await observe(tenant.client)).filter(isFault)).toEqual([]);
    await tenant.delete("ContainerVM", "c1");
    await tenant.gone("ContainerVM", "c1");
    await tenant.delete("VirtualContainerHost", "host");
    await tenant.gone("VirtualContainerHost", "host");
  }

  async function nothingIsLeft(): Promise<void> {
    expect(await lab.vms()).toEqual([]);
    expect(await readdir(lab.datastore("ssd-1"))).toEqual([]);
  }

  test("a host and a volume store share a directory, which goes with the last of them", async () => {
    await lab.order("POST", "/assume", { unfoundNames: true });
    await tenant.host("host");
    await tenant.apply("VolumeStore", "store", {
      serverRef: { name: "lab" },
      datastore: { name: "ssd-1", path: "team-a/volumes" },
    });
    await tenant.ready("VirtualContainerHost", "host");
    const store = await tenant.ready("VolumeStore", "store");
    expect(store.status?.claimPath).toBe("[ssd-1] team-a/volumes/vic-owner.json");
    const [top = "", ...more] = await readdir(lab.datastore("ssd-1"));
    expect(more).toEqual([]);
    expect(top).toMatch(/^[0-9a-f]{8}-/);
    expect(await readdir(path.join(lab.datastore("ssd-1"), top))).toEqual(
      expect.arrayContaining(["VIC", "volumes"]),
    );
    await tenant.delete("VirtualContainerHost", "host");
    await tenant.gone("VirtualContainerHost", "host");
    expect(await readdir(lab.datastore("ssd-1"))).toEqual([top]);
    await tenant.delete("VolumeStore", "store");
    await tenant.gone("VolumeStore", "store");
    await nothingIsLeft();
    await lab.order("POST", "/assume", { unfoundNames: false });
  });

  test.each([
    ["CreateDirectory", 1, "of the image store"],
    ["CreateDirectory", 3, "of the container"],
    ["MakeDirectory", 1, "in the image store"],
    ["CreateChildVM_Task", 2, "after its directory"],
    ["DeleteDirectory", 1, "of a VM"],
  ])("an operator is killed in %s, call %i, %s", async (method, nth, _what) => {
    const over = new AbortController();
    const killing = killAt(lab, operator, method, nth, over.signal);
    await life();
    over.abort();
    expect(await killing).toBe(true);
    await lab.order("DELETE", "/faults");
    await nothingIsLeft();
  });

  test("VMs that were never made leave no directories", async () => {
    await tenant.host("host");
    await tenant.container("c1", ["sleep", "1000"]);
    await tenant.reason("ContainerVM", "c1", "Running");
    await keeperServed(tenant, "host");
    await lab.order("POST", "/faults", {
      method: "CreateChildVM_Task",
      fault: "InsufficientResourcesFault",
    });
    const before = await readdir(lab.datastore("ssd-1"));
    await tenant.container("c2", ["sleep", "1000"]);
    await tenant.until("ContainerVM", "c2", ({ status }) => status?.id !== undefined);
    await expect.poll(async () => readdir(lab.datastore("ssd-1"))).not.toEqual(before);
    for (const name of ["c1", "c2"]) await tenant.delete("ContainerVM", name);
    for (const name of ["c1", "c2"]) await tenant.gone("ContainerVM", name);
    await tenant.delete("VirtualContainerHost", "host");
    await tenant.gone("VirtualContainerHost", "host");
    await lab.order("DELETE", "/faults");
    await nothingIsLeft();
  });
});
