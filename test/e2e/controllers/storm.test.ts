import { readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KubeClient } from "../../../src/kube/client.ts";
import { standInConsole } from "./console.ts";
import { KINDS } from "../../../src/api/kinds.ts";
import { Lab } from "./lab.ts";
import { Tenant } from "./objects.ts";
import { OperatorProcess } from "./operator-process.ts";

const KILLS = 30;
const CONTAINERS = 12;

/** Numbers from a seed, so that a run can be repeated (mulberry32). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("a storm", () => {
  let lab: Lab;
  let client: KubeClient;
  let operator: OperatorProcess;
  let tenant: Tenant;
  let stopConsole: () => Promise<void>;
  beforeAll(async () => {
    lab = await Lab.start();
    client = await lab.client();
    stopConsole = standInConsole(client);
    tenant = new Tenant(client, lab, "team-a");
    await tenant.server();
    operator = await OperatorProcess.start(lab.kubeconfig);
    await tenant.host("host");
    await tenant.ready("VirtualContainerHost", "host", 60_000);
  });
  afterAll(async () => {
    await operator.stop();
    await stopConsole();
    await client.close();
    await lab.stop();
  });

  test(`${KILLS} kills while containers come and go leave nothing lost, double or behind`, async () => {
    const seed = Number(process.env["VIC_TEST_SEED"] ?? Date.now() % 1_000_000);
    console.info(`VIC_TEST_SEED=${seed}`);
    const next = random(seed);
    const living = new Set<string>();
    for (let kill = 0; kill < KILLS; kill++) {
      for (let act = 0; act < 3; act++) {
        const name = `c${Math.floor(next() * CONTAINERS)}`;
        if (living.has(name)) {
          living.delete(name);
          await tenant.delete("ContainerVM", name);
          await tenant.gone("ContainerVM", name, 60_000);
        } else {
          living.add(name);
          await tenant.container(name, next() < 0.5 ? ["sleep", "1000"] : ["sh", "-c", "exit 3"]);
        }
        await sleep(next() * 150);
      }
      await sleep(300 + next() * 900);
      await operator.kill();
    }
    for (const name of living)
      await tenant.until(
        "ContainerVM",
        name,
        ({ status }) => status?.state === "Running" || status?.exit?.code === 3,
        60_000,
      );
    const vms = (await lab.vms()).map(({ name }) => name.replace(/-[0-9a-f]{12}$/, ""));
    expect(vms.filter((name) => !name.endsWith("-worker")).toSorted()).toEqual(
      [...living].toSorted(),
    );
    const containers = await Promise.all(
      [...living].map((name) => tenant.get("ContainerVM", name)),
    );
    const names = async (): Promise<string[]> =>
      (await client.list(KINDS.ContainerName, { namespace: "team-a" })).items.map(
        ({ spec }) => spec.name,
      );
    expect((await names()).toSorted()).toEqual([...living].toSorted());
    const addresses = containers.map(({ status }) => status?.networks?.[0]?.address);
    expect(new Set(addresses).size).toBe(living.size);
    // What ended had been started once, however often the operator died.
    expect(containers.map(({ status }) => status?.starts)).toEqual(containers.map(() => 1));

    await tenant.delete("VirtualContainerHost", "host");
    await tenant.gone("VirtualContainerHost", "host", 90_000);
    expect(await names()).toEqual([]);
    expect(await lab.vms()).toEqual([]);
    expect(await lab.tree()).not.toMatch(/team-a|vic-/);
    const store = lab.datastore("ssd-1");
    expect((await readdir(store)).filter((name) => !name.startsWith("."))).toEqual([]);
  });
});
