import type { Kind } from "./kind.ts";
import { apiVersionOf } from "./kind.ts";
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
    for (const child of Object.values(value)) freeze(child);
    Object.freeze(value);
  }
  return value;
}
