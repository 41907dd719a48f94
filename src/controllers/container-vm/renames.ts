import { REASONS } from "../../api/conditions.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { dockerNameOf } from "../../api/docker-name.ts";
import type { EventInput } from "../../kube/events.ts";
import type { Informer } from "../../kube/informer.ts";
import { keyOf } from "../../kube/object.ts";
import type { Source } from "../../reconcile/controller.ts";
import { asDockerEvent } from "./docker-event.ts";

/**
 * Notes renames as they are seen, while this process leads: what a container was called before stands nowhere else.
 *
 * @param former takes the key of each container that has another name now, and its former one
 */
export const renames = (
  containers: Informer<ContainerVM>,
  former: Map<string, string>,
): Source => ({
  name: "renames",
  run: (_queue, signal) => {
    const stop = containers.addHandler({
      update(now, before) {
        const isSame = now.metadata.uid === before.metadata.uid;
        if (isSame && dockerNameOf(now) !== dockerNameOf(before))
          former.set(keyOf(now), dockerNameOf(before));
      },
    });
    return new Promise<void>((resolve) => {
      const end = (): void => {
        stop();
        resolve();
      };
      signal.addEventListener("abort", end, { once: true });
      if (signal.aborted) end();
    });
  },
});

/** What there is to tell of a rename. Pure. */
export function renameEvent(container: ContainerVM, former: string): EventInput {
  const note = `It was called "${former}" before`;
  const event = { type: "Normal", reason: REASONS.Renamed, action: "Rename", note } as const;
  return asDockerEvent(container, event, "rename", { oldName: `/${former}` });
}
