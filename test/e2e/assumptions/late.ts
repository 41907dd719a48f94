import { expect } from "vitest";
import { Tenant } from "../controllers/objects.ts";
import { keeperServed } from "../controllers/quiet.ts";
import type { Setting } from "../controllers/setting.ts";
import { remove, runs } from "./life.ts";

const patienceMs = 300_000;

/**
 * A life in which all news of vCenter come after 20 s and its tasks are queued for 16 s: longer than the operator waits for either
 * before it looks by itself. Nothing is made twice, and nothing is taken for gone.
 */
export async function liveLate(setting: Setting, namespace: string): Promise<void> {
  const { lab } = setting;
  const tenant = new Tenant(setting.tenant.client, lab, namespace);
  const ends = (name: string, code: number) =>
    tenant.until(
      "ContainerVM",
      name,
      ({ status }) => status?.state === "Exited" && status.exit?.code === code,
      patienceMs,
    );
  const vmsOf = async (name: string): Promise<number> => {
    const { status } = await tenant.get("ContainerVM", name);
    const its = `${name}-${status?.id?.slice(0, 12)}`;
    return (await lab.vms()).filter((vm) => vm.name === its).length;
  };
  await tenant.server();
  await tenant.host("host");
  // The host's worker, the image and its keeper are there before.
  await tenant.container("first", ["true"]);
  await ends("first", 0);
  await keeperServed(tenant, "host");
  await lab.order("POST", "/calls/reset");
  await lab.order("POST", "/assume", { lagMs: 20_000, queueMs: 16_000 });
  await Promise.all([
    tenant.container("ends", ["sh", "-c", "exit 7"]),
    tenant.container("stays", ["sleep", "1000"]),
    tenant.delete("ContainerVM", "first"),
  ]);
  await Promise.all([
    ends("ends", 7),
    runs(tenant, "stays", patienceMs),
    tenant.gone("ContainerVM", "first", patienceMs),
  ]);
  expect(await lab.calls()).toMatchObject({ CreateChildVM_Task: 2, PowerOnVM_Task: 2 });
  expect(await vmsOf("ends")).toBe(1);
  expect(await vmsOf("stays")).toBe(1);
  await lab.order("DELETE", "/assume");
  await remove(setting, tenant);
}
