import type { Kind } from "./kind.ts";
import type { KubeObject } from "./object.ts";

/** What may stand in a query; undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The path that serves a kind, one object of it, or a subresource of that. */
export function resourcePath(
  kind: Kind<KubeObject>,
  namespace: string | undefined,
  name?: string,
  subresource?: string,
): string {
  const segments = kind.group === "" ? ["api", kind.version] : ["apis", kind.group, kind.version];
  if (kind.namespaced && namespace !== undefined) segments.push("namespaces", namespace);
  segments.push(kind.plural);
  if (name !== undefined) {
    if (name === "") throw new Error(`${kind.kind}: a name is needed`);
    if (kind.namespaced && !namespace)
      throw new Error(`${kind.kind} ${name}: a namespace is needed`);
    segments.push(name);
  }
  if (subresource !== undefined) segments.push(subresource);
  return `/${segments.map(encodeURIComponent).join("/")}`;
}

/** A path with its query; what is undefined or empty is left out. */
export function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") search.set(name, String(value));
  }
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}
