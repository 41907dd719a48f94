import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killAt } from "./kill-at.ts";
import type { Lab } from "./lab.ts";
import type { Tenant } from "./objects.ts";
import { OperatorProcess } from "./operator-process.ts";
import { startTenancy, type Tenancy } from "./tenancy.ts";
import { expectNothingLeft, wholeLife } from "./whole-life.ts";

/** The operator is killed in the middle of what it does; nothing is leaked, lost or double. */
describe("a killed operator", () => {
  let tenancy: Tenancy;
  let lab: Lab;
  let tenant: Tenant;
  let operator: OperatorProcess;
  beforeAll(async () => {
    tenancy = await startTenancy();
    ({ lab, tenant } = tenancy);
    operator = await OperatorProcess.start(lab.kubeconfig);
  });
  afterAll(async () => {
    await lab.order("DELETE", "/faults");
    await operator.stop();
    await tenancy.stop();
  });

  test.each([
    "CreateFolder",
    "AddCustomFieldDef",
    "SetField",
    "Rename_Task",
    "CreateVApp",
    "CreateDVPortgroup_Task",
    "MakeDirectory",
    "CreateChildVM_Task",
    "PowerOnVM_Task",
    "ReconfigVM_Task",
    "ShutdownGuest",
    "PowerOffVM_Task",
    "UnregisterVM",
    "DeleteDatastoreFile_Task",
    "Destroy_Task",
  ])("in %s", async (method) => {
    const over = new AbortController();
    const killing = killAt(lab, operator, method, 1, over.signal);
    await wholeLife(lab, tenant);
    over.abort();
    const killed = await killing;
    await lab.order("DELETE", "/faults");
    // The attribute is defined once for a vCenter.
    if (method !== "AddCustomFieldDef") expect(killed).toBe(true);
    await expectNothingLeft(lab);
  });
});
