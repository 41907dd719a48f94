import type { DockerEvent } from "../events/event-sink.ts";

/** Something that happened to an image, with the attributes that dockerd gives it: its labels and a name. */
export const imageEvent = (
  action: "pull" | "tag" | "untag" | "delete" | "prune",
  id: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): DockerEvent => ({ type: "image", action, id, attributes: { ...labels, name } });
