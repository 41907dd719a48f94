import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { KINDS } from "../../../src/api/kinds.ts";
import { Acts } from "./acts.ts";
import { ref } from "./pyvmomi-administrator.ts";
import type { LabVm } from "../running-lab.ts";
import { untilSeen } from "../until-seen.ts";

/** What "Delete from Disk" does to containers, and to what keeps their images' disks. */
let acts: Acts;
beforeAll(async () => {
  acts = await Acts.start();
});
afterAll(() => acts?.stop());

async function keeper(holds: (vm: LabVm | undefined) => boolean = Boolean): Promise<LabVm> {
  for (let tries = 0; tries < 300; tries++) {
    const vm = (await acts.lab.vms()).find(({ name }) => name === "team-a.host-keeper");
    if (holds(vm)) return vm as LabVm;
    await sleep(100);
  }
  throw new Error(`no such keeper: ${JSON.stringify(await acts.lab.vms())}`);
}

async function ended(name: string): Promise<string> {
  const { tenant } = acts;
  await tenant.container(name, ["true"]);
  const { status } = await tenant.until(
    "ContainerVM",
    name,
    (container) => container.status?.state === "Exited",
    60_000,
  );
  return status?.vsphere?.moRef ?? "";
}

const disksOf = async (): Promise<string[]> => {
  const { items } = await acts.tenant.client.list(KINDS.ContainerImage, { namespace: "team-a" });
  return items.flatMap(({ status }) => status?.disks ?? []).map(({ path }) => path);
};

/** Paths of an image's disks whose files are gone. */
async function missing(paths: readonly string[]): Promise<string[]> {
  const gone: string[] = [];
  for (const each of paths) {
    const directory = each.replace(/^\[ssd-1\] /, "").replace(/\/[^/]*$/, "");
    const files = await readdir(`${acts.lab.datastore("ssd-1")}/${directory}`).catch(
      (): string[] => [],
    );
    if (!files.includes(each.replace(/^.*\//, ""))) gone.push(each);
  }
  return gone;
}

test("the last container of an image that is deleted from disk takes no disk of the image along", async () => {
  const { tenant, lab } = acts;
  const vm = await ended("last");
  const { moref } = await keeper();
  expect(await acts.admin.get(`VirtualMachine:${moref}`, "runtime.powerState")).toBe("poweredOff");
  const disks = await disksOf();
  await acts.admin.call(vm, "Destroy_Task");
  await tenant.reason("ContainerVM", "last", "VMDeleted");
  expect(disks).not.toEqual([]);
  expect(await missing(disks)).toEqual([]);
  await tenant.delete("ContainerVM", "last");
  await tenant.gone("ContainerVM", "last");
  await lab.resetCalls();
  await ended("next");
  expect(await lab.calls()).not.toHaveProperty("ReconfigVM_Task");
});

test("a keeper that is deleted from disk is made again, and with it what disks it took along", async () => {
  const { tenant } = acts;
  const disks = await disksOf();
  // Nothing but the keeper needs this image.
  await tenant.deleteAll("ContainerVM");
  const former = await keeper();
  await acts.admin.call(`VirtualMachine:${former.moref}`, "Destroy_Task");
  expect(await missing(disks)).toEqual(disks);
  await keeper((vm) => vm !== undefined && vm.moref !== former.moref);
  expect(await missing(disks)).toEqual([]);
  await ended("after");
});

test("a keeper that is moved out of the vApp keeps its files, and is the keeper again when it is back", async () => {
  const { lab } = acts;
  const { moref } = await keeper();
  const vm = `VirtualMachine:${moref}`;
  const home = dirname(String(await acts.admin.get(vm, "summary.config.vmPathName")));
  const files = () => readdir(join(lab.datastore("ssd-1"), home.replace("[ssd-1] ", "")));
  const before = await files();
  const move = async (to: string) =>
    acts.admin.call(to, "MoveIntoResourcePool", { list: [ref(vm)] });
  await lab.resetCalls();
  await move(await acts.admin.rootPool());
  // Another one is tried again and again, in the directory that is the moved one's.
  await untilSeen(
    "attempts at another keeper",
    () => lab.calls(),
    ({ CreateChildVM_Task: attempts = 0 }) => attempts >= 2,
  );
  expect(await files()).toEqual(before);
  await move(await acts.vApp());
  await ended("meanwhile");
  expect((await keeper()).moref).toBe(moref);
});

test("PowerOnVApp starts containers that had ended, and no keeper for long", async () => {
  const { tenant } = acts;
  await keeper();
  const host = await tenant.get("VirtualContainerHost", "host");
  const before = await tenant.get("ContainerVM", "after");
  await acts.admin.call(host.status?.vsphere?.vApp?.moRef, "PowerOnVApp_Task");
  await tenant.until(
    "ContainerVM",
    "after",
    ({ status }) =>
      status?.state === "Exited" && status.starts === (before.status?.starts ?? 0) + 1,
  );
  await keeper((vm) => vm?.power === "poweredOff");
});

test("an image that is deleted leaves its keeper first", async () => {
  const { tenant } = acts;
  await keeper();
  await tenant.apply("ContainerImage", "jq", { hostRef: { name: "host" }, image: "jq" });
  await tenant.ready("ContainerImage", "jq", 60_000);
  const { status } = await tenant.get("ContainerImage", "jq");
  const disks = (status?.disks ?? []).map(({ path }) => path);
  const top = disks.at(-1)?.replace(/([^/]*)$/, "kept/$1") ?? "";
  for (let tries = 0; tries < 100 && (await missing([top])).length > 0; tries++) await sleep(100);
  expect(await missing([top])).toEqual([]);
  await tenant.delete("ContainerImage", "jq");
  await tenant.gone("ContainerImage", "jq");
  expect(await missing(disks)).toEqual(disks);
  const { moref } = await keeper();
  const devices = (await acts.admin.get(`VirtualMachine:${moref}`, "layoutEx.disk")) as unknown[];
  expect(devices).toHaveLength(1);
});

test("a host that is deleted takes its keeper along", async () => {
  const { tenant, lab } = acts;
  await tenant.delete("VirtualContainerHost", "host");
  await tenant.gone("VirtualContainerHost", "host", 60_000);
  expect(await lab.vms()).toEqual([]);
  expect(await readdir(lab.datastore("ssd-1"))).toEqual([]);
});
