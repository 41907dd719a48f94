import type { DockerEvent } from "./event-sink.ts";
import type { Filters } from "../filters/filters.ts";

/** The keys that `docker events --filter` knows. */
export const EVENT_FILTERS: readonly string[] = [
  "config",
  "container",
  "daemon",
  "event",
  "image",
  "label",
  "network",
  "node",
  "plugin",
  "scope",
  "secret",
  "service",
  "type",
  "volume",
];

/** Kinds of things that have filters of their own by name or id. */
const NAMED = [
  "container",
  "daemon",
  "network",
  "plugin",
  "volume",
  "node",
  "service",
  "secret",
  "config",
] as const;

/** Whether an event is one that was asked for, as dockerd decides it. Pure. */
export function isWanted(filters: Filters, event: DockerEvent): boolean {
  return (
    filters.any("event", (wanted) => isAction(wanted, event.action)) &&
    filters.any("type", (wanted) => wanted === event.type) &&
    filters.any("scope", (wanted) => wanted === "local") &&
    NAMED.every((type) => filters.any(type, (wanted) => isOf(type, wanted, event))) &&
    filters.any("image", (wanted) => isOfImage(wanted, event)) &&
    filters.matchesLabels(event.attributes)
  );
}

/** `exec_create` means all of them, whatever they run. */
const isAction = (wanted: string, action: string): boolean =>
  wanted === action ||
  (["exec_create", "exec_start", "health_status"].includes(wanted) &&
    action.startsWith(`${wanted}:`));

/** By the beginning of id or name. */
const isOf = (type: string, wanted: string, event: DockerEvent): boolean =>
  event.type === type &&
  (event.id.startsWith(wanted) || (event.attributes["name"] ?? "").startsWith(wanted));

function isOfImage(wanted: string, { type, id, attributes }: DockerEvent): boolean {
  const name = attributes[type === "image" ? "name" : "image"] ?? "";
  return [id, name, withoutTag(id), withoutTag(name)].includes(wanted);
}

/** The repository of a name. */
const withoutTag = (name: string): string => name.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
