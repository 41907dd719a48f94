import type { KubeEvent } from "../../kube/core-kinds.ts";
import { ANNOTATIONS } from "../../api/metadata.ts";
import type { DockerEvent } from "./event-sink.ts";

/** An event and when it was. */
export interface TimedEvent extends DockerEvent {
  /** Nanoseconds since 1970: more than a number holds. */
  readonly at: bigint;
}

const TYPES: ReadonlySet<unknown> = new Set(["container", "image", "network", "volume"]);

/** Reads what the operator or a gateway wrote; undefined for anything else. Pure. */
export function readEvent({ eventTime, metadata }: KubeEvent): TimedEvent | undefined {
  const text = metadata?.annotations?.[ANNOTATIONS.dockerEvent];
  const at = nanoseconds(eventTime ?? "");
  if (text === undefined || at === undefined) return undefined;
  let value: Partial<Record<keyof DockerEvent, unknown>>;
  try {
    value = (JSON.parse(text) ?? {}) as typeof value;
  } catch {
    return undefined;
  }
  const { type, action, id, attributes } = value;
  if (!TYPES.has(type) || typeof action !== "string" || typeof id !== "string") return undefined;
  const entries = Object.entries(attributes ?? {});
  const strings = entries.filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return {
    type: type as DockerEvent["type"],
    action,
    id,
    attributes: Object.fromEntries(strings),
    at,
  };
}

/** Of metav1.MicroTime, `2026-11-22T14:31:28.373726Z`. */
function nanoseconds(text: string): bigint | undefined {
  const [, second, fraction = ""] = /^(.*:\d{2})(?:\.(\d{1,9}))?Z$/.exec(text) ?? [];
  const ms = Date.parse(`${second}Z`);
  if (second === undefined || Number.isNaN(ms)) return undefined;
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}

/** As `docker events` gets it. What API 1.52 drops is there for older clients. */
export function formatEvent({ type, action, id, attributes, at }: TimedEvent): string {
  const old = type === "container" || type === "image" ? { status: action, id } : {};
  const from = type === "container" && attributes["image"] ? { from: attributes["image"] } : {};
  const text = JSON.stringify({
    ...old,
    ...from,
    Type: type,
    Action: action,
    Actor: { ID: id, Attributes: attributes },
    scope: "local",
    time: Number(at / 1_000_000_000n),
  });
  // JSON.stringify would round the nanoseconds.
  return `${text.slice(0, -1)},"timeNano":${at}}\n`;
}
