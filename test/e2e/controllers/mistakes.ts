import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { KindName } from "../../../src/api/kinds.ts";
import { eventKind } from "../../../src/kube/core-kinds.ts";
import type { Tenant } from "./objects.ts";
import type { Setting } from "./setting.ts";

/** What is deleted after each test, in this order. */
const MADE = ["ContainerVM", "ContainerImage", "VirtualContainerHost", "VolumeStore"] as const;

/** Waits for the reason, in condition and event alike; returns the condition's message. */
export async function says(
  tenant: Tenant,
  kind: KindName,
  name: string,
  reason: string,
): Promise<string> {
  const object = await tenant.reason(kind, name, reason);
  const told = async () =>
    (await tenant.client.list(eventKind, { namespace: tenant.namespace })).items.some(
      (event) =>
        event.regarding?.kind === kind && event.regarding.name === name && event.reason === reason,
    );
  await expect.poll(told, { message: `an event with reason ${reason}` }).toBe(true);
  return object.status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "";
}

/** Sees that nothing spins, however much is wrong; what was begun a moment ago may come to its end first. */
export async function expectCalm({ lab }: Setting): Promise<void> {
  const calls = async () => {
    await lab.resetCalls();
    await sleep(1500);
    return Object.values(await lab.calls()).reduce((sum, count) => sum + count, 0);
  };
  await expect.poll(calls, { message: "calls in 1.5 s" }).toBeLessThan(25);
}

/** Deletes all that a test made. */
export async function deleteMistakes({ tenant }: Setting): Promise<void> {
  for (const kind of MADE) await tenant.deleteAll(kind);
}

/** No password is in the operator's log, right or wrong. */
export const expectNoPassword = ({ operator }: Setting): void =>
  expect(operator.log.filter((line) => /(lab|wrong)-password/.test(line))).toEqual([]);
