import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { shownName } from "../../../api/docker-name.ts";
import { idOfContainer } from "../../../api/identity.ts";
import { ANNOTATIONS, LABELS } from "../../../api/metadata.ts";
import type { EventInput } from "../../../kube/events.ts";

/** What Docker's `events` calls what became of a container here; the gateway tells of the rest. */
export type DockerAction =
  | "create"
  | "start"
  | "kill"
  | "die"
  | "oom"
  | "stop"
  | "restart"
  | "rename"
  | "destroy";

/** Annotations of an object are 256 KiB at most, and labels of a container may be as much: beyond this they are left out. */
const MAX_BYTES = 32 * 1024;

/** The event, that Docker tools see it too. Pure. */
export function asDockerEvent(
  container: ContainerVM,
  event: EventInput,
  action: DockerAction,
  more: Readonly<Record<string, string>> = {},
): EventInput {
  const { spec } = container;
  const id = idOfContainer(container);
  const text = (labels: Readonly<Record<string, string>>): string =>
    JSON.stringify({
      type: "container",
      action,
      id,
      attributes: { ...labels, image: spec.image, name: shownName(container), ...more },
    });
  const whole = text(spec.labels ?? {});
  return {
    ...event,
    distinct: true,
    labels: { [LABELS.host]: spec.hostRef.name },
    annotations: {
      [ANNOTATIONS.dockerEvent]: Buffer.byteLength(whole) <= MAX_BYTES ? whole : text({}),
    },
  };
}
