import { readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { check } from "../../../src/check/check.ts";
import { isFault } from "../../../src/check/finding.ts";
import { observe } from "../../../src/check/observe.ts";
import type { Lab } from "../controllers/lab.ts";
import type { Tenant } from "../controllers/objects.ts";
import { OperatorProcess } from "../controllers/operator-process.ts";
import { startTenancy, type Tenancy } from "../controllers/tenancy.ts";

/** A directory at the top of a vSAN is an object that would stay for good: one that was made, and not told of yet, is found again. */
describe("an operator that is killed on vSAN", () => {
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

  /** Kills the operator once the n-th call of a method is at the vCenter, which carries it out nevertheless. */
  async function killAt(method: string, nth: number, signal: AbortSignal): Promise<boolean> {
    await lab.resetCalls();
    await lab.order("POST", "/delays", { method, delayMs: 300 });
    while (!signal.aborted) {
      if (((await lab.calls())[method] ?? 0) >= nth) {
        await operator.kill();
        return true;
      }
      await sleep(10);
    }
    return false;
  }

  async function life(): Promise<void> {
    await tenant.host("host");
    await tenant.container("c1", ["sleep", "1000"]);
    await tenant.reason("ContainerVM", "c1", "Running", 90_000);
    expect((await lab.vms()).filter(({ name }) => name.startsWith("c1-"))).toHaveLength(1);
    await expect
      .poll(async () => check(await observe(tenant.client)).filter(isFault), { timeout: 30_000 })
      .toEqual([]);
    await tenant.delete("ContainerVM", "c1");
    await tenant.gone("ContainerVM", "c1", 90_000);
    await tenant.delete("VirtualContainerHost", "host");
    await tenant.gone("VirtualContainerHost", "host", 90_000);
  }

  async function nothingIsLeft(): Promise<void> {
    expect(await lab.vms()).toEqual([]);
    expect(await readdir(lab.datastore("ssd-1"))).toEqual([]);
  }

  test.each([
    ["CreateDirectory", 1, "of the image store"],
    ["CreateDirectory", 3, "of the container"],
    ["MakeDirectory", 1, "in the image store"],
    ["CreateChildVM_Task", 2, "after its directory"],
    ["DeleteDirectory", 1, "of a VM"],
  ])("in %s, call %i, %s", async (method, nth, _what) => {
    const over = new AbortController();
    const killing = killAt(method, nth, over.signal);
    await life();
    over.abort();
    expect(await killing).toBe(true);
    await lab.order("DELETE", "/faults");
    await nothingIsLeft();
  });

  test("VMs that were never made leave no directories", async () => {
    await tenant.host("host");
    await tenant.container("c1", ["sleep", "1000"]);
    await tenant.reason("ContainerVM", "c1", "Running", 90_000);
    await lab.order("POST", "/faults", {
      method: "CreateChildVM_Task",
      fault: "InsufficientResourcesFault",
    });
    const before = await readdir(lab.datastore("ssd-1"));
    await tenant.container("c2", ["sleep", "1000"]);
    await tenant.until("ContainerVM", "c2", ({ status }) => status?.id !== undefined);
    await expect
      .poll(async () => readdir(lab.datastore("ssd-1")), { timeout: 30_000 })
      .not.toEqual(before);
    for (const name of ["c1", "c2"]) await tenant.delete("ContainerVM", name);
    for (const name of ["c1", "c2"]) await tenant.gone("ContainerVM", name, 90_000);
    await tenant.delete("VirtualContainerHost", "host");
    await tenant.gone("VirtualContainerHost", "host", 90_000);
    await lab.order("DELETE", "/faults");
    await nothingIsLeft();
  });
});
