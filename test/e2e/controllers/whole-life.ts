import { readdir } from "node:fs/promises";
import path from "node:path";
import { expect } from "vitest";
import type { Lab } from "./lab.ts";
import type { Tenant } from "./objects.ts";

/** A host and a container are made, used and deleted. Whatever goes wrong meanwhile, the container has one VM. */
export async function wholeLife(
  lab: Lab,
  tenant: Tenant,
  { host = {}, container = {} }: { readonly host?: object; readonly container?: object } = {},
): Promise<void> {
  await tenant.host("host", host);
  await tenant.container("c1", ["sleep", "1000"], container);
  await tenant.until(
    "ContainerVM",
    "c1",
    ({ status }) => status?.state === "Running" && status.tools === "Running",
  );
  expect((await lab.vms()).filter(({ name }) => name.startsWith("c1-"))).toHaveLength(1);
  await tenant.delete("ContainerVM", "c1");
  await tenant.gone("ContainerVM", "c1");
  await tenant.delete("VirtualContainerHost", "host");
  await tenant.gone("VirtualContainerHost", "host");
}

/** Of directories that were made for nobody yet nobody knows that they are ours: empty ones may stay. */
export async function expectNothingLeft(lab: Lab): Promise<void> {
  expect(await lab.vms()).toEqual([]);
  expect(await lab.tree()).not.toMatch(/team-a|vic-/);
  const store = lab.datastore("ssd-1");
  expect(
    (await readdir(store)).filter((name) => name !== "team-a" && !name.startsWith(".")),
  ).toEqual([]);
  expect(await readdir(path.join(store, "team-a")).catch(() => [])).toEqual([]);
}
