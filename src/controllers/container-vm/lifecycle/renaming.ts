import { REASONS } from "../../../api/conditions.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { dockerNameOf } from "../../../api/docker-name.ts";
import type { EventInput } from "../../../kube/events.ts";
import { keyOf } from "../../../kube/object.ts";
import { asDockerEvent } from "../status/docker-event.ts";
import type { Context, Scope } from "../scope/scope.ts";

/** Tells of a rename, whoever led when it was done: the status says what the container was called last. */
export async function tellRename(
  { memory }: Scope,
  container: ContainerVM,
  context: Context,
): Promise<void> {
  const renamed = renameEvent(container);
  if (!renamed) return;
  const key = keyOf(container);
  const name = dockerNameOf(container);
  if (memory.toldNames.get(key) !== name) context.event(container, renamed);
  memory.toldNames.set(key, name);
  await context.writeStatus(container, { ...container.status, dockerName: name });
}

/** What there is to tell of a rename; undefined where there was none. Pure. */
function renameEvent(container: ContainerVM): EventInput | undefined {
  const former = container.status?.dockerName;
  if (former === undefined || former === dockerNameOf(container)) return undefined;
  const note = `It was called "${former}" before`;
  const event = { type: "Normal", reason: REASONS.Renamed, action: "Rename", note } as const;
  return asDockerEvent(container, event, "rename", { oldName: `/${former}` });
}
