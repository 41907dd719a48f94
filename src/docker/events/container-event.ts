import type { ContainerVM } from "../../api/containervm.gen.ts";
import { shownName } from "../../api/docker-name.ts";
import { idOfContainer } from "../../api/identity.ts";
import type { DockerEvent } from "./event-sink.ts";

/** Something that happened to a container, with the attributes that dockerd gives all of these: its labels, image and name. */
export const containerEvent = (
  container: ContainerVM,
  action: string,
  attributes: Readonly<Record<string, string>> = {},
): DockerEvent => ({
  type: "container",
  action,
  id: idOfContainer(container),
  attributes: {
    ...container.spec.labels,
    image: container.spec.image,
    name: shownName(container),
    ...attributes,
  },
});
