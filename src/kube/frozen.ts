import { apiVersionOf, type Kind } from "./kind.ts";
import type { KubeObject } from "./object.ts";

/**
 * An object as caches keep it: without managedFields (a third of a typical object's size), and frozen to its leaves,
 * since many readers share it.
 */
export function toCached<T extends KubeObject>(kind: Kind<T>, object: T): T {
  const { managedFields: _, ...metadata } = (object.metadata ?? {}) as { managedFields?: unknown };
  return freeze({
    ...object,
    apiVersion: object.apiVersion ?? apiVersionOf(kind),
    kind: object.kind ?? kind.kind,
    metadata,
  });
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    const fields = Object.isFrozen(value) ? undefined : (value as Record<string, unknown>);
    for (const [name, child] of Object.entries(value)) {
      if (typeof child !== "string") freeze(child);
      else if (fields) fields[name] = sharedText(child);
    }
    Object.freeze(value);
  }
  return value;
}

/** What the JSON parser keeps once by itself is shorter. */
const PARSED = 11;
const SHARED_LENGTH = 128;
const SHARED_COUNT = 4096;

const shared = new Map<string, string>();

/** Reasons, images, keys, times: most texts of an object stand in many others. */
function sharedText(text: string): string {
  if (text.length < PARSED || text.length > SHARED_LENGTH) return text;
  const known = shared.get(text);
  if (known !== undefined) return known;
  if (shared.size >= SHARED_COUNT) shared.clear();
  shared.set(text, text);
  return text;
}
