import { expect } from "vitest";
import type { ContainerVM } from "../../../src/api/containervm.gen.ts";
import { KINDS } from "../../../src/api/kinds.ts";
import {
  destroyEntity,
  powerOffVm,
  readVApp,
  renameEntity,
  updateAllocation,
} from "../../../src/vsphere/index.ts";
import { eventually } from "../../eventually.ts";
import type { Setting } from "../controllers/setting.ts";
import { Tenant } from "../controllers/objects.ts";

/** What a life may meet half-way: a test's act, once its containers run. */
export type Interruption = (setting: Setting, tenant: Tenant) => Promise<void>;

/** How a life differs from the usual one. */
export interface LifeOptions {
  readonly interrupt?: Interruption | undefined;
  /** Exit code of a container that is asked to stop; 143 where its tools can be asked. */
  readonly stopCode?: number | undefined;
}

/** Tools that never come aren't waited for. */
const STOPS_SOON = { stopTimeoutSeconds: 1 };

/** Long enough for positions in which everything comes seconds late, on a busy machine. */
const patienceMs = 180_000;

/**
 * The core of what a tenant does, in a namespace of its own: a host and its image, containers that end, stop, start again and are deleted, and
 * acts of an administrator that are accepted or repaired. Whatever isn't as it should be throws. Nothing is left in the end.
 */
export async function live(
  setting: Setting,
  namespace: string,
  { interrupt, stopCode = 143 }: LifeOptions = {},
): Promise<void> {
  const tenant = new Tenant(setting.tenant.client, setting.lab, namespace);
  await tenant.server();
  await tenant.host("host");
  const is = (name: string, holds: (status: NonNullable<ContainerVM["status"]>) => boolean) =>
    tenant.until(
      "ContainerVM",
      name,
      ({ status }) => status !== undefined && holds(status),
      patienceMs,
    );
  const stay = ["sleep", "1000"];
  await Promise.all([
    tenant.container("ends", ["sh", "-c", "echo hi; exit 7"]),
    tenant.container("stops", stay, STOPS_SOON),
    // Of an image with more than one disk: they are made one above the other.
    tenant.container("vanishes", stay, { image: "jq" }),
  ]);
  await tenant.ready("VirtualContainerHost", "host", patienceMs);
  await Promise.all([
    is("ends", ({ state, exit }) => state === "Exited" && exit?.code === 7),
    // Without its tools it can't be asked to stop.
    is(
      "stops",
      ({ state, tools }) => state === "Running" && (tools === "Running" || stopCode !== 143),
    ),
    is("vanishes", ({ state }) => state === "Running"),
  ]);
  await interrupt?.(setting, tenant);
  await Promise.all([
    restart(tenant, is, stopCode),
    vanish(setting, tenant, is),
    drift(setting, tenant),
  ]);
  await tenant.container("late", ["false"]);
  await is("late", ({ state, exit }) => state === "Exited" && exit?.code === 1);
  await remove(setting, tenant);
}

type Is = (
  name: string,
  holds: (status: NonNullable<ContainerVM["status"]>) => boolean,
) => Promise<ContainerVM>;

/** Wants something of a VM that vCenter can't reach: it is told so, and nothing is taken for gone. */
export async function wantInVain(tenant: Tenant): Promise<void> {
  await tenant.reason("ContainerVM", "stops", "VMDisconnected", patienceMs);
  await tenant.container("stops", ["sleep", "1000"], { ...STOPS_SOON, powerState: "Off" });
  for (const name of ["stops", "vanishes"])
    expect((await tenant.get("ContainerVM", name)).status?.state).toBe("Running");
}

/** So many containers more that run. */
export async function runMany(tenant: Tenant, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `many-${index}`);
  await Promise.all(names.map((name) => tenant.container(name, ["sleep", "1000"])));
  await Promise.all(names.map((name) => runs(tenant, name)));
}

export const runs = (tenant: Tenant, name: string, ms = patienceMs): Promise<ContainerVM> =>
  tenant.until("ContainerVM", name, ({ status }) => status?.state === "Running", ms);

/** Off and on again by the manifest. */
async function restart(tenant: Tenant, is: Is, code: number): Promise<void> {
  const stay = ["sleep", "1000"];
  await tenant.container("stops", stay, { ...STOPS_SOON, powerState: "Off" });
  await is("stops", ({ state, exit }) => state === "Exited" && exit?.code === code);
  await tenant.container("stops", stay, { ...STOPS_SOON, powerState: "On" });
  await is("stops", ({ state, run }) => state === "Running" && run === 2);
}

/** An administrator deletes a VM, disks and all. */
async function vanish({ admin }: Setting, tenant: Tenant, is: Is): Promise<void> {
  const { status } = await tenant.get("ContainerVM", "vanishes");
  const vm = admin.vm(status?.vsphere?.moRef);
  await admin.vsphere.tasks.run(powerOffVm(admin.vsphere, vm));
  await is("vanishes", ({ state }) => state === "Exited");
  await admin.vsphere.tasks.run(destroyEntity(admin.vsphere, vm));
  await tenant.reason("ContainerVM", "vanishes", "VMDeleted", patienceMs);
}

/** Another name of the port group is the administrator's matter, a limit that the spec names isn't. */
async function drift({ admin }: Setting, tenant: Tenant): Promise<void> {
  const places = (await tenant.get("VirtualContainerHost", "host")).status?.vsphere;
  const portGroup = admin.ref(places?.portGroup?.moRef);
  await admin.vsphere.tasks.run(
    renameEntity(admin.vsphere, portGroup, `${tenant.namespace} by Bob`),
  );
  // Without DRS there is none.
  if (places?.vApp === undefined) return;
  const vApp = admin.ref(places.vApp.moRef);
  await updateAllocation(admin.vsphere, vApp, { cpu: { limit: 100 } });
  await eventually(async () => {
    const { status } = await tenant.get("VirtualContainerHost", "host");
    const limit = (await readVApp(admin.vsphere, vApp))?.cpu.limit;
    expect(limit, JSON.stringify(status?.conditions)).toBe(8000);
  });
}

/** Deletes a tenant's containers, host and server. Nothing of them is left in vSphere. */
export async function remove({ lab }: Setting, tenant: Tenant): Promise<void> {
  const { items } = await tenant.client.list(KINDS.ContainerVM, {
    namespace: tenant.namespace,
  });
  const names = items.map(({ metadata }) => metadata.name);
  await Promise.all(names.map((name) => tenant.delete("ContainerVM", name)));
  await Promise.all(names.map((name) => tenant.gone("ContainerVM", name, patienceMs)));
  await tenant.delete("VirtualContainerHost", "host");
  await tenant.gone("VirtualContainerHost", "host", patienceMs);
  await tenant.delete("VSphereServer", "lab");
  await tenant.gone("VSphereServer", "lab", patienceMs);
  const tree = await lab.tree();
  if (tree.includes(tenant.namespace)) throw new Error(`something is left of it:\n${tree}`);
}
