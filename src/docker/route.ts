import { MIN_MINOR } from "./http/api-version.ts";
import { DockerError } from "./errors.ts";
import type { DockerRequest } from "./http/request.ts";
import type { DockerResponse } from "./http/response.ts";
import type { Tenant } from "./tenant.ts";

/** Answers one call; what it throws becomes the answer, as long as none has begun. */
export type Handler = (
  request: DockerRequest,
  response: DockerResponse,
  tenant: Tenant,
) => Promise<void>;

export type Method = "GET" | "HEAD" | "POST" | "PUT" | "DELETE";

/** One row of the table of routes. */
export interface Route {
  readonly method: Method;
  /** `{name}` is one segment, `{name:.*}` whatever is there, slashes included, as dockerd's router has it. */
  readonly pattern: string;
  /** The oldest minor version that has it: 41 for 1.41. */
  readonly since: number;
  readonly handler: Handler;
  /** Why it is refused; undefined where it works. */
  readonly refused?: string;
}

export function route(method: Method, pattern: string, handler: Handler, since = MIN_MINOR): Route {
  return { method, pattern, since, handler };
}

/** A route that Docker has and this doesn't: 501, with why. */
export const refuse = (method: Method, pattern: string, why: string, since?: number): Route =>
  refusal(501, method, pattern, why, since);

/** A route of swarm mode: 503, as dockerd answers that isn't a manager. */
export const swarm = (method: Method, pattern: string, since?: number): Route =>
  refusal(
    503,
    method,
    pattern,
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
    since,
  );

function refusal(
  status: number,
  method: Method,
  pattern: string,
  why: string,
  since?: number,
): Route {
  // async, so that it is an answer like any other.
  const handler: Handler = async () => {
    throw new DockerError(status, why);
  };
  return { ...route(method, pattern, handler, since), refused: why };
}
