// Who may use which part of a vSphere server: VSphereServer.spec.allow, decided purely.

/** One entry of VSphereServer.spec.allow. */
export interface AllowRule {
  readonly namespaces: readonly string[];
  readonly datastores?: readonly { readonly name: string; readonly pathPrefix?: string }[];
  readonly pools?: readonly string[];
  readonly networks?: readonly string[];
}

/** What a namespace asks for. */
export type Claim =
  | { readonly kind: "datastore"; readonly datastore: string; readonly path: string }
  | { readonly kind: "pool"; readonly name: string }
  | { readonly kind: "network"; readonly name: string };

/**
 * The claims that a server's rules refuse to a namespace, in their own order. The server's
 * own namespace may use everything; any other only what a rule names for it.
 */
export function refusedClaims(
  server: { readonly namespace: string; readonly allow: readonly AllowRule[] },
  namespace: string,
  claims: readonly Claim[],
): Claim[] {
  if (namespace === server.namespace) return [];
  const rules = server.allow.filter((rule) => rule.namespaces.includes(namespace));
  return claims.filter((claim) => !rules.some((rule) => permits(rule, claim)));
}

function permits(rule: AllowRule, claim: Claim): boolean {
  switch (claim.kind) {
    case "datastore":
      return (rule.datastores ?? []).some(
        ({ name, pathPrefix }) =>
          name === claim.datastore && contains(pathPrefix ?? "", claim.path),
      );
    case "pool":
      return (rule.pools ?? []).includes(claim.name);
    case "network":
      return (rule.networks ?? []).includes(claim.name);
  }
}

/** A claim as a person reads it in a condition. */
export function describeClaim(claim: Claim): string {
  switch (claim.kind) {
    case "datastore":
      return `datastore path "[${claim.datastore}] ${claim.path}"`;
    case "pool":
      return `cluster, host or resource pool "${claim.name}"`;
    case "network":
      return `network "${claim.name}"`;
  }
}

/**
 * Whether a path is another one or lies within it, by whole segments. Paths have no slash
 * at their ends; the empty one is the root. A path with `..` lies nowhere.
 */
export function contains(outer: string, inner: string): boolean {
  const above = segments(outer);
  const below = segments(inner);
  return !below.includes("..") && above.every((part, index) => below[index] === part);
}

const segments = (path: string): string[] =>
  path.split("/").filter((part) => part !== "" && part !== ".");
