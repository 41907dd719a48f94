import type { KubeObject } from "./object.ts";

/**
 * Where the API server serves a kind, and which type its objects have. Static, so that no discovery is needed.
 * The descriptors of our own kinds are in `src/api/kinds.ts`, those of Kubernetes' kinds in `core-kinds.ts`.
 */
export interface Kind<T extends KubeObject> {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Resource name in paths: lower case, plural. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Leaves objects out of informers that are none of our concern, so that they are neither sent to us nor kept. */
  readonly fieldSelector?: string;
  /** Carries the type only; never set. */
  readonly __object?: T;
}

/** The type of objects that a descriptor stands for. */
export type ObjectOf<K> = K extends Kind<infer T> ? T : never;

/** `group/version`, or `version` in the core group. */
export function apiVersionOf(kind: Kind<KubeObject>): string {
  return kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
}
