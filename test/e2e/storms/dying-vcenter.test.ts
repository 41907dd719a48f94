import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { check } from "../../../src/check/check.ts";
import { observe } from "../../../src/check/observe.ts";
import type { Lab } from "../controllers/lab.ts";
import type { Tenant } from "../controllers/objects.ts";
import { type Setting, startSetting } from "../controllers/setting.ts";
import { expectNothingLeft, wholeLife } from "../controllers/whole-life.ts";

/** A vCenter that dies half-way through a task, of each kind that the product starts; with what the task had done to files done, or all of it. */
describe("a vCenter that dies", () => {
  let setting: Setting;
  let lab: Lab;
  let tenant: Tenant;
  beforeAll(async () => {
    setting = await startSetting({ workerIdleMs: 500 });
    ({ lab, tenant } = setting);
  }, 120_000);
  afterAll(() => setting?.stop());
  afterEach(async () => {
    await tenant.deleteAll("ContainerVM");
    await tenant.deleteAll("VirtualContainerHost");
  });

  /** Whether the rule is gone, with the process that had it. */
  const died = async (): Promise<boolean> => {
    const { rules } = (await lab.order("GET", "/faults")) as { rules: object[] };
    return rules.length === 0;
  };
  const arm = (method: string, dies: string, more: object = {}): Promise<unknown> =>
    lab.order("POST", "/faults", { method, dies, ...more });

  async function expectOrder(): Promise<void> {
    expect(await died()).toBe(true);
    await expectNothingLeft(lab);
    expect(check(await observe(tenant.client))).toEqual([]);
  }

  /** Every host and container needs these. */
  const EVERY = [
    "Rename_Task",
    "CreateDVPortgroup_Task",
    "CreateChildVM_Task",
    "ReconfigVM_Task",
    "SearchDatastore_Task",
    "PowerOnVM_Task",
    "PowerOffVM_Task",
    "DeleteDatastoreFile_Task",
    "Destroy_Task",
  ] as const;

  const container = { restart: { policy: "Always" } };
  test.each([
    ...EVERY.map((method) => [method, "within"] as const),
    ...EVERY.map((method) => [method, "after"] as const),
  ])("in %s, %s it", async (method, dies) => {
    await arm(method, dies);
    await wholeLife(lab, tenant, { container });
    await expectOrder();
  });

  test.each(["within", "after"])("in CreateVM_Task, %s it", async (dies) => {
    await arm("CreateVM_Task", dies);
    const host = { compute: { cluster: "Compute-1", container: "ResourcePool" } };
    await wholeLife(lab, tenant, { host, container });
    await expectOrder();
  });

  test.each(["within", "after"])("in ReconfigureDVPortgroup_Task, %s it", async (dies) => {
    await tenant.host("host");
    await tenant.ready("VirtualContainerHost", "host");
    await arm("ReconfigureDVPortgroup_Task", dies);
    const bridge = { switch: "DVS-East", vlan: tenant.vlan + 1 };
    const host = { networks: { bridge, management: { portGroup: "VM Network" } } };
    await wholeLife(lab, tenant, { host, container });
    await expectOrder();
  });

  test("in any other: there is none, but for one that only looks", async () => {
    const root = path.resolve(import.meta.dirname, "../../../src/vsphere/ops");
    const started = new Set<string>();
    for await (const file of glob("*.ts", { cwd: root }))
      for (const [, method = ""] of (await readFile(path.join(root, file), "utf8")).matchAll(
        /"(\w+_Task)"/g,
      ))
        if (!file.endsWith(".test.ts")) started.add(method);
    const tried = [...EVERY, "CreateVM_Task", "ReconfigureDVPortgroup_Task"];
    // `vic check` alone, and administrators in tests.
    const others = ["SearchDatastoreSubFolders_Task", "RegisterChildVM_Task"];
    expect(started).toEqual(new Set([...tried, ...others]));
  });
});
