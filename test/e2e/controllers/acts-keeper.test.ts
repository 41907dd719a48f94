import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
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
  const vm = await untilSeen(
    "such a keeper",
    async () => (await acts.lab.vms()).find(({ name }) => name === "team-a.host-keeper"),
    holds,
  );
  return vm as LabVm;
}

async function ended(name: string): Promise<string> {
  const { tenant } = acts;
  await tenant.container(name, ["true"]);
  const { status } = await tenant.until(
    "ContainerVM",
    name,
    // The end of a run is told before its VM is off.
    (container) =>
      container.status?.state === "Exited" && container.status.vsphere?.powerState === "poweredOff",
  );
  return status?.vsphere?.moRef ?? "";
}

const disksOf = async (): Promise<string[]> => {
  const { items } = await acts.tenant.client.list(KINDS.ContainerImage, { namespace: "team-a" });
  return items.flatMap(({ status }) => status?.disks ?? []).map(({ path }) => path);
};

/** When the file of each disk was written; undefined where it is gone. */
const written = (paths: readonly string[]): Promise<(bigint | undefined)[]> =>
  Promise.all(
    paths.map(async (each) => {
      const file = join(acts.lab.datastore("ssd-1"), each.replace("[ssd-1] ", ""));
      return (await stat(file, { bigint: true }).catch(() => undefined))?.mtimeNs;
    }),
  );

/** Paths of an image's disks whose files are gone. */
async function missing(paths: readonly string[]): Promise<string[]> {
  const times = await written(paths);
  return paths.filter((_, at) => times[at] === undefined);
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
  const [former, before] = [await keeper(), await written(disks)];
  expect(before).not.toContain(undefined);
  await acts.admin.call(`VirtualMachine:${former.moref}`, "Destroy_Task");
  await keeper((vm) => vm !== undefined && vm.moref !== former.moref);
  const after = await written(disks);
  expect(after).not.toContain(undefined);
  // None is the file that it was: the keeper took it along, and it was made again.
  expect(after.filter((time, at) => time === before[at])).toEqual([]);
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
  await tenant.ready("ContainerImage", "jq");
  const { status } = await tenant.get("ContainerImage", "jq");
  const disks = (status?.disks ?? []).map(({ path }) => path);
  const top = disks.at(-1)?.replace(/([^/]*)$/, "kept/$1") ?? "";
  await expect.poll(() => missing([top])).toEqual([]);
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
  await tenant.gone("VirtualContainerHost", "host");
  expect(await lab.vms()).toEqual([]);
  expect(await readdir(lab.datastore("ssd-1"))).toEqual([]);
});
