import { afterAll, beforeAll, expect, test } from "vitest";
import { KINDS } from "../../../src/api/kinds.ts";
import { check } from "../../../src/check/check.ts";
import { observe } from "../../../src/check/observe.ts";
import { findCondition } from "../../../src/reconcile/conditions.ts";
import { type Setting, startSetting } from "../controllers/setting.ts";

let setting: Setting;
beforeAll(async () => {
  setting = await startSetting({ workerIdleMs: 500 });
});
afterAll(async () => {
  await setting?.lab.order("DELETE", "/faults");
  await setting?.stop();
});

/** Everything that a host and a container need is made, used and taken away again. */
const TASKS = [
  "Rename_Task",
  "CreateDVPortgroup_Task",
  "CreateChildVM_Task",
  "PowerOnVM_Task",
  "ReconfigVM_Task",
  "SearchDatastore_Task",
  "PowerOffVM_Task",
  "DeleteDatastoreFile_Task",
  "Destroy_Task",
];

test("every kind of task that fails, and every answer that is lost on the way, delays a life and leaves nothing", async () => {
  const { lab, tenant } = setting;
  for (const method of TASKS) {
    const rule = { method, count: 1 };
    await lab.order("POST", "/faults", { ...rule, fault: "SystemError", inTask: true });
    await lab.order("POST", "/faults", { ...rule, skip: 1, cut: true });
  }
  for (const method of ["CreateFolder", "SetField", "CreateVApp", "MakeDirectory", "UnregisterVM"])
    await lab.order("POST", "/faults", { method, count: 1, cut: true });
  await tenant.host("host");
  await tenant.container("c1", ["sleep", "1000"]);
  await tenant.until("ContainerVM", "c1", ({ status }) => status?.state === "Running");
  await expect.poll(async () => check(await observe(tenant.client))).toEqual([]);
  await tenant.apply("ContainerVM", "c1", {
    hostRef: { name: "host" },
    image: "busybox",
    command: ["sleep", "1000"],
    powerState: "Off",
  });
  await tenant.until("ContainerVM", "c1", ({ status }) => status?.state === "Exited");
  await tenant.delete("ContainerVM", "c1");
  await tenant.gone("ContainerVM", "c1");
  await tenant.delete("VirtualContainerHost", "host");
  await tenant.gone("VirtualContainerHost", "host");
  expect(check(await observe(tenant.client))).toEqual([]);
  expect(await lab.vms()).toEqual([]);
  expect(await lab.tree()).not.toMatch(/team-a|vic-/);
  const { rules } = (await lab.order("GET", "/faults")) as { rules: { hits: number }[] };
  expect(rules.filter(({ hits }) => hits === 0)).toEqual([]);
  await lab.order("DELETE", "/faults");
}, 300_000);

test("1,000 containers that are created and deleted in one go leave nothing", async () => {
  const { lab, tenant } = setting;
  await tenant.host("host");
  await tenant.container("warm-up", ["true"]);
  await tenant.reason("ContainerVM", "warm-up", "Completed");
  const names = Array.from({ length: 1000 }, (_, index) => `crowd-${index}`);
  const vms = async () => (await lab.vms()).filter(({ name }) => name.startsWith("crowd-"));
  const crowd = async () => {
    const { items } = await tenant.client.list(KINDS.ContainerVM, { namespace: "team-a" });
    return items.filter(({ metadata }) => metadata.name.startsWith("crowd-"));
  };
  const begin = performance.now();
  await Promise.all(names.map((name) => tenant.container(name, ["sleep", "1000"])));
  await expect
    .poll(async () => (await vms()).some(({ power }) => power === "poweredOn"))
    .toBe(true);
  // The first run by now, others are being made, and of the last nothing is there yet.
  await Promise.all(names.map((name) => tenant.delete("ContainerVM", name)));
  await expect.poll(async () => (await crowd()).length, { timeout: 300_000 }).toBe(0);
  console.info(`created and deleted in ${Math.round(performance.now() - begin)} ms`);
  await expect.poll(async () => check(await observe(tenant.client))).toEqual([]);
  expect(await vms()).toEqual([]);
}, 500_000);

test("what is asked for while vCenter is away is done when it is back, without another reason to look", async () => {
  const { lab, tenant } = setting;
  const command = ["sleep", "1000"];
  await tenant.host("host");
  await tenant.container("asked", command);
  await tenant.reason("ContainerVM", "asked", "Running");
  await tenant.ready("VirtualContainerHost", "host");
  const back = lab.order("POST", "/vcenter/restart", { downMs: 10_000 });
  await tenant.until(
    "VSphereServer",
    "lab",
    ({ status }) => findCondition(status?.conditions, "Reachable")?.status === "False",
  );
  await tenant.container("asked", command, { powerState: "Off" });
  await back;
  await tenant.until("ContainerVM", "asked", ({ status }) => status?.state === "Exited");
});
