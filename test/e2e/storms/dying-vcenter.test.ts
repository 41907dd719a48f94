import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { check } from "../../../src/check/check.ts";
import { observe } from "../../../src/check/observe.ts";
import type { Lab } from "../controllers/lab.ts";
import type { Tenant } from "../controllers/objects.ts";
import { type Setting, startSetting } from "../controllers/setting.ts";
import { expectNothingLeft, wholeLife } from "../controllers/whole-life.ts";

interface Life {
  /** In which the vCenter dies. */
  readonly method: string;
  /** Of the host's spec. */
  readonly host?: object;
  /** The host stands already, without that. */
  readonly stands?: true;
}

const management = { portGroup: "VM Network" };

/** By shape of vSphere: lives for which such a task is needed. */
const LIVES: Readonly<Record<string, readonly Life[]>> = {
  default: [
    { method: "Rename_Task" },
    { method: "CreateDVPortgroup_Task" },
    { method: "CreateChildVM_Task" },
    { method: "ReconfigVM_Task" },
    { method: "SearchDatastore_Task" },
    { method: "PowerOnVM_Task" },
    { method: "PowerOffVM_Task" },
    { method: "DeleteDatastoreFile_Task" },
    { method: "Destroy_Task" },
    {
      method: "CreateVM_Task",
      host: { compute: { cluster: "Compute-1", container: "ResourcePool" } },
    },
    {
      method: "ReconfigureDVPortgroup_Task",
      host: { networks: { bridge: { switch: "DVS-East", vlan: 4001 }, management } },
      stands: true,
    },
  ],
  vsan: [{ method: "DeleteVirtualDisk_Task" }],
};

/** With what the task does to files done and nothing else, or with all of it. */
const DEATHS = ["within", "after"] as const;

/** A vCenter that dies half-way through a task, of each kind that the product starts. */
describe.each(Object.keys(LIVES))("a vCenter that dies, of the shape %s,", (profile) => {
  let setting: Setting;
  let lab: Lab;
  let tenant: Tenant;
  beforeAll(async () => {
    setting = await startSetting({ workerIdleMs: 500, profile });
    ({ lab, tenant } = setting);
  });
  afterAll(() => setting?.stop());
  afterEach(async () => {
    await tenant.deleteAll("ContainerVM");
    await tenant.deleteAll("VirtualContainerHost");
  });

  const tried = DEATHS.flatMap((dies) => LIVES[profile]!.map((life) => ({ ...life, dies })));
  test.each(tried)("in $method, $dies it", async ({ method, dies, host = {}, stands }) => {
    if (stands) {
      await tenant.host("host");
      await tenant.ready("VirtualContainerHost", "host");
    }
    await lab.order("POST", "/faults", { method, dies });
    // A VM that ran is off then, as if its host had lost power.
    await wholeLife(lab, tenant, { host, container: { restart: { policy: "Always" } } });
    // The rule is gone with the process that had it.
    expect(await lab.order("GET", "/faults")).toEqual({ rules: [] });
    await expectNothingLeft(lab);
    expect(check(await observe(tenant.client))).toEqual([]);
  });
});

test("in other kinds of tasks none can die: there are none but one that only looks", async () => {
  const root = path.resolve(import.meta.dirname, "../../../src/vsphere/ops");
  const started = new Set<string>();
  for await (const file of glob("*.ts", { cwd: root }))
    for (const [, method = ""] of (await readFile(path.join(root, file), "utf8")).matchAll(
      /"(\w+_Task)"/g,
    ))
      if (!file.endsWith(".test.ts")) started.add(method);
  // `vic check` alone, and administrators in tests.
  const others = ["SearchDatastoreSubFolders_Task", "RegisterChildVM_Task"];
  const tried = Object.values(LIVES).flatMap((lives) => lives.map(({ method }) => method));
  expect([...started].toSorted()).toEqual([...tried, ...others].toSorted());
});
