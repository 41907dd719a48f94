import { isIPv6 } from "node:net";
import { REASONS } from "../../../api/conditions.ts";
import type {
  VirtualContainerHost,
  VirtualContainerHostStatusDocker,
} from "../../../api/virtualcontainerhost.gen.ts";
import type { ConditionInput } from "../../../reconcile/conditions.ts";
import { keyOf } from "../../../kube/object.ts";
import type { Problem } from "../../reporting/problem.ts";
import { byAge } from "../obstacles/age.ts";

/** How Docker tools reach a host, for its status. */
export interface DockerServing {
  readonly status: VirtualContainerHostStatusDocker;
  readonly condition: ConditionInput;
  /** Milliseconds, until a certificate has to be renewed. */
  readonly againMs: number | undefined;
}

/** Where the gateway is reached. */
export interface Gateway {
  readonly host: string;
  /** The port that hosts share. */
  readonly port: number;
}

/** What a host wants of the gateway for itself, as words to compare. */
export const endpointClaims = ({ spec: { docker } }: VirtualContainerHost): string[] => [
  ...(docker?.port === undefined ? [] : [`port ${docker.port}`]),
  ...(docker?.serverNames ?? []).map((name) => `server name "${name.toLowerCase()}"`),
];

/**
 * What DOCKER_HOST is for a host, or why nobody reaches it. What two hosts want, the older one has: on the shared port a server name says who is meant. Pure.
 */
export function planEndpoint(
  host: VirtualContainerHost,
  others: readonly VirtualContainerHost[],
  gateway: Gateway,
): string | Problem {
  const claims = endpointClaims(host);
  if (claims.length === 0) {
    return {
      reason: REASONS.NotExposed,
      message: "Docker tools don't find it: give spec.docker.port or spec.docker.serverNames.",
    };
  }
  for (const other of others.toSorted(byAge)) {
    if (byAge(other, host) >= 0) break;
    const taken = endpointClaims(other).find((claim) => claims.includes(claim));
    if (taken !== undefined) {
      return {
        reason: REASONS.EndpointTaken,
        message: `VirtualContainerHost ${keyOf(other)} has ${taken}: give another one in spec.docker.`,
      };
    }
  }
  const { port, serverNames } = host.spec.docker;
  return port === undefined
    ? `tcp://${bracketed(serverNames?.[0] ?? gateway.host)}:${gateway.port}`
    : `tcp://${bracketed(gateway.host)}:${port}`;
}

const bracketed = (host: string): string => (isIPv6(host) ? `[${host}]` : host);

/** Names that the certificate of a host's endpoint holds. */
export function certificateNames(host: VirtualContainerHost, gateway: Gateway): string[] {
  const { namespace, name } = host.metadata;
  const names = [...(host.spec.docker.serverNames ?? []), gateway.host, `${name}.${namespace}`];
  return [...new Set(names.map((each) => each.toLowerCase()))];
}
