import { setTimeout as sleep } from "node:timers/promises";
import { type KindName, KINDS } from "../../../src/api/kinds.ts";
import type { VSphereServer } from "../../../src/api/vsphereserver.gen.ts";
import type { KubeClient } from "../../../src/kube/client.ts";
import type { Kind } from "../../../src/kube/kind.ts";
import type { KubeObject } from "../../../src/kube/object.ts";
import type { Tenant } from "../controllers/objects.ts";

type Condition = NonNullable<NonNullable<VSphereServer["status"]>["conditions"]>[number];

/** What is done in a life of a container host, in this order. */
export const ACTS = ["host", "run", "limit", "vlan", "stop", "remove", "leave"] as const;
export type Act = (typeof ACTS)[number];

/** A condition that says what the account may not do. */
export interface Denial {
  readonly act: Act;
  readonly kind: string;
  readonly reason: string;
  readonly message: string;
}

const limits = { cluster: "Compute-1", cpu: { limitMHz: 9000 } };

/** Does an act, and waits until it is done. */
async function perform(tenant: Tenant, act: Act, vlan: number, timeoutMs: number): Promise<void> {
  const bridge = { switch: "DVS-East", vlan };
  const networks = { bridge, management: { portGroup: "VM Network" } };
  const isCurrent = ({ metadata, status }: KubeObject & { status?: unknown }): boolean => {
    const { conditions, observedGeneration } = (status ?? {}) as {
      conditions?: Condition[];
      observedGeneration?: number;
    };
    const ready = conditions?.find(({ type }) => type === "Ready");
    return ready?.status === "True" && observedGeneration === metadata?.generation;
  };
  switch (act) {
    case "host":
      await tenant.host("host", { networks });
      await tenant.ready("VirtualContainerHost", "host", timeoutMs);
      return;
    case "run":
      await tenant.container("web", ["sleep", "1000"]);
      await tenant.reason("ContainerVM", "web", "Running", timeoutMs);
      return;
    case "limit":
      await tenant.host("host", { networks, compute: limits });
      await tenant.until("VirtualContainerHost", "host", isCurrent, timeoutMs);
      return;
    case "vlan": {
      const other = { ...networks, bridge: { ...bridge, vlan: vlan + 1000 } };
      await tenant.host("host", { networks: other, compute: limits });
      await tenant.until("VirtualContainerHost", "host", isCurrent, timeoutMs);
      return;
    }
    case "stop":
      await tenant.container("web", ["sleep", "1000"], { powerState: "Off" });
      await tenant.until(
        "ContainerVM",
        "web",
        ({ status }) => status?.state === "Exited",
        timeoutMs,
      );
      return;
    case "remove":
      await tenant.delete("ContainerVM", "web");
      await tenant.gone("ContainerVM", "web", timeoutMs);
      return;
    case "leave":
      await tenant.deleteAll("ContainerImage");
      await tenant.delete("VirtualContainerHost", "host");
      await tenant.gone("VirtualContainerHost", "host", timeoutMs);
  }
}

/**
 * Lives through all acts, and gives back what a condition says is lacking as soon as it says so.
 * Fails where an act isn't done in time: with all that conditions said.
 */
export async function live(
  tenant: Tenant,
  options: {
    readonly vlan: number;
    readonly privilege?: string;
    readonly giveBack?: () => Promise<void>;
    readonly timeoutMs: number;
  },
): Promise<Denial[]> {
  const denials: Denial[] = [];
  const over = new AbortController();
  let act: Act = "host";
  const watching = (async () => {
    while (options.privilege !== undefined && denials.length === 0 && !over.signal.aborted) {
      const found = await findDenial(tenant.client, tenant.namespace, options.privilege);
      if (found) {
        denials.push({ act, ...found });
        await options.giveBack?.();
      }
      await sleep(100, undefined, { signal: over.signal }).catch(() => undefined);
    }
  })();
  try {
    for (act of ACTS) await perform(tenant, act, options.vlan, options.timeoutMs);
  } catch (error) {
    throw new Error(`${options.privilege}: ${act}: ${JSON.stringify(denials)}`, { cause: error });
  } finally {
    over.abort();
    await watching;
  }
  return denials;
}

const TOLD: readonly KindName[] = ["VirtualContainerHost", "ContainerImage", "ContainerVM"];

async function findDenial(
  client: KubeClient,
  namespace: string,
  privilege: string,
): Promise<Omit<Denial, "act"> | undefined> {
  for (const kind of TOLD) {
    const any: Kind<KubeObject> = KINDS[kind];
    const { items } = await client.list(any, { namespace });
    for (const item of items as readonly { status?: { conditions?: Condition[] } }[]) {
      for (const { status, reason, message } of item.status?.conditions ?? []) {
        const isCause = /^(PermissionDenied|WorkerFailed)$/.test(reason);
        if (status === "False" && isCause && message.includes(privilege))
          return { kind, reason, message };
      }
    }
  }
  return undefined;
}
