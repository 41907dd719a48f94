import { CONDITIONS, REASONS } from "../../api/conditions.ts";
import type { VSphereServer } from "../../api/vsphereserver.gen.ts";
import { findCondition, isTrue } from "../../reconcile/conditions.ts";
import type { Problem } from "../reporting/problem.ts";
import { type Claim, describeClaim, refusedClaims } from "./allow.ts";

/** Whether a namespace may use what it claims of a server, and the server is there. Pure. */
export function serverProblem(
  server: VSphereServer | undefined,
  connected: boolean,
  request: {
    readonly serverKey: string;
    readonly namespace: string;
    readonly claims: readonly Claim[];
  },
): Problem | undefined {
  if (!server) {
    return {
      reason: REASONS.ServerNotFound,
      message: `There is no VSphereServer ${request.serverKey}: create it, or correct spec.serverRef.`,
    };
  }
  const refused = refusedClaims(
    { namespace: server.metadata.namespace, allow: server.spec.allow ?? [] },
    request.namespace,
    request.claims,
  );
  if (refused.length > 0) {
    const what = refused.map(describeClaim).toSorted().join(", ");
    return {
      reason: REASONS.NotAllowed,
      message: `Namespace ${request.namespace} may not use ${what}. Add it to spec.allow of VSphereServer ${request.serverKey}, or use something else.`,
    };
  }
  if (connected) return undefined;
  const ready = findCondition(server.status?.conditions, CONDITIONS.Ready);
  const why =
    ready && !isTrue(server.status?.conditions, CONDITIONS.Ready)
      ? `: ${ready.message}`
      : "; it is being connected.";
  return {
    reason: REASONS.ServerNotReady,
    message: `VSphereServer ${request.serverKey} isn't ready${why}`,
  };
}

/**
 * Whether a server is merely on its way, as after each start of the operator: this process isn't
 * connected to it yet, and nothing says that it can't be. Pure.
 */
export const isBeingConnected = (
  server: Pick<VSphereServer, "status"> | undefined,
  connected: boolean,
): boolean =>
  server !== undefined &&
  !connected &&
  findCondition(server.status?.conditions, CONDITIONS.Ready)?.status !== "False";
