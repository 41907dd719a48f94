import type { Condition } from "../api/condition.ts";
import { CONDITIONS, REASONS } from "../api/conditions.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Kind } from "../kube/kind.ts";
import type { KubeObject } from "../kube/object.ts";
import { findCondition, setConditions } from "./conditions.ts";
import { applyStatus } from "./status-write.ts";

/** Says in the status that the object is left alone, and takes that back afterwards. Has a field manager of its own, since reconcilers write their conditions whole. */
export async function writePaused<T extends KubeObject>(
  client: KubeClient,
  kind: Kind<T>,
  object: T,
  paused: boolean,
  fieldManager: string,
): Promise<void> {
  const conditions = (object as { status?: { conditions?: readonly Condition[] } }).status
    ?.conditions;
  const present = findCondition(conditions, CONDITIONS.Paused) !== undefined;
  if (present === paused) return;
  const { generation } = object.metadata ?? {};
  const input = {
    type: CONDITIONS.Paused,
    status: "True",
    reason: REASONS.Paused,
    message: "Nothing is done until spec.paused and the annotation vic.dev/paused are gone",
  } as const;
  // An empty list, not none: taking back all of a status makes it null, which the schema refuses.
  const status = { conditions: setConditions([], paused ? [input] : [], { generation }) };
  await applyStatus(client, kind, object, status, `${fieldManager}-pause`);
}
