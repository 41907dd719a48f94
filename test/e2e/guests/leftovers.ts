import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { expect } from "vitest";
import type { ContainerVM } from "../../../src/api/containervm.gen.ts";
import { untilSeen } from "../until-seen.ts";
import type { Installation } from "./installation.ts";

/** Inventory and datastore beside the resources: nothing lost, nothing leaked, nothing double. */
export async function expectOnePerResource(installation: Installation): Promise<void> {
  await untilSeen(
    "one VM and one directory per container",
    async () => {
      const list = await installation.kubectl(["get", "cvm", "-A", "-o", "json"]);
      const { items } = JSON.parse(list) as { items: ContainerVM[] };
      const vms = await installation.vms();
      const containers = vms.filter(({ name }) => !/-(worker|keeper)$/.test(name));
      const directories = await readdir(installation.datastore("ssd-1"));
      const alive = vms.map(({ moref }) => `VirtualMachine:${moref}`);
      return {
        wanted: items.map(({ status }) => status?.vsphere?.name ?? "").toSorted(),
        found: containers.map(({ name }) => name).toSorted(),
        references: items
          .map(({ status }) => status?.vsphere?.moRef)
          .filter((each) => !alive.includes(each ?? "")),
        missing: items
          .map(({ status }) => status?.id ?? "")
          .filter((id) => !directories.includes(id)),
        // Workers and keepers have directories of the same form.
        others: directories.filter((name) => /^[0-9a-f]{64}$/.test(name)).length - vms.length,
      };
    },
    (seen) =>
      JSON.stringify(seen.wanted) === JSON.stringify(seen.found) &&
      seen.references.length === 0 &&
      seen.missing.length === 0 &&
      seen.others === 0,
  );
}

/** What a team leaves behind: nothing in the inventory, no file but what others' things are in, no process. */
export async function expectNothingOf(
  installation: Installation,
  namespace: string,
  before: { readonly ids: readonly string[]; readonly pids: readonly number[] },
): Promise<void> {
  expect(await installation.tree()).not.toContain(namespace);
  expect((await installation.vms()).filter(({ name }) => name.includes(namespace))).toEqual([]);
  const store = installation.datastore("ssd-1");
  for (const id of before.ids) expect(existsSync(path.join(store, id)), id).toBe(false);
  const images = path.join(store, namespace, "images");
  expect(await readdir(images).catch(() => [])).toEqual([]);
  const volumes = path.join(installation.datastore("hdd-1"), namespace, "volumes");
  expect(await readdir(volumes).catch(() => [])).toEqual([]);
  for (const pid of before.pids) expect(existsSync(`/proc/${pid}`), `process ${pid}`).toBe(false);
}
