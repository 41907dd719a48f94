import { createHash } from "node:crypto";
import { CONDITIONS, REASONS } from "../../../api/conditions.ts";
import { dockerSecretNames } from "../../../api/docker-secrets.ts";
import { KINDS } from "../../../api/kinds.ts";
import type {
  VirtualContainerHost,
  VirtualContainerHostStatusDocker,
} from "../../../api/virtualcontainerhost.gen.ts";
import { isForbidden } from "../../../kube/errors.ts";
import { keyOf } from "../../../kube/object.ts";
import { type ConditionInput, findCondition } from "../../../reconcile/conditions.ts";
import { waitMs } from "../../certificates/again.ts";
import { type KeptLeaf, isUnusable, keepAuthority, keepLeaf } from "../../certificates/ensure.ts";
import { LIFETIMES } from "../../certificates/lifetime.ts";
import type { Dependencies } from "../../dependencies.ts";
import type { Problem } from "../../reporting/problem.ts";
import type { Context, Scope } from "../scope/scope.ts";
import {
  type DockerServing,
  type Gateway,
  certificateNames,
  endpointClaims,
  planEndpoint,
} from "./docker-endpoint.ts";

/** Name of the index of hosts by what they want of the gateway for themselves. */
const BY_ENDPOINT = "endpoint";

/** Has hosts found by what they want of the gateway. */
export function indexEndpoints({ informers }: Dependencies): void {
  informers.of(KINDS.VirtualContainerHost).addIndex(BY_ENDPOINT, endpointClaims);
}

/** The other hosts that want something of the gateway that this one wants. */
export const rivalsOf = (
  { containerHosts }: Scope,
  host: VirtualContainerHost,
): VirtualContainerHost[] =>
  endpointClaims(host)
    .flatMap((claim) => containerHosts.byIndex(BY_ENDPOINT, claim))
    .filter(({ metadata }) => metadata.uid !== host.metadata.uid);

/** Makes and renews a host's certificates, and says where Docker tools reach it. Needs no vSphere. */
export async function serveDocker(
  scope: Scope,
  host: VirtualContainerHost,
  context: Context,
): Promise<DockerServing> {
  const { deps } = scope;
  const gateway = { host: deps.gatewayAddress, port: deps.gatewayPort };
  const endpoint = planEndpoint(host, rivalsOf(scope, host), gateway);
  if (host.spec.docker.tls.mode === "None") return insecure(host, endpoint, context);
  let certificates: Certificates | Problem;
  try {
    certificates = await keepCertificates(scope, host, context, gateway);
  } catch (error) {
    // The namespace is going, and the host with it; or our role isn't the one that we ship.
    if (!isForbidden(error)) throw error;
    certificates = { reason: REASONS.InternalError, message: error.message };
  }
  if ("reason" in certificates)
    return { status: {}, condition: notReady(certificates), againMs: undefined };
  const { status, againMs } = certificates;
  return typeof endpoint === "string"
    ? {
        status: { host: endpoint, ...status },
        condition: ready(REASONS.Available, `Docker tools reach it at ${endpoint}`),
        againMs,
      }
    : { status, condition: notReady(endpoint), againMs };
}

function insecure(
  host: VirtualContainerHost,
  endpoint: string | Problem,
  context: Context,
): DockerServing {
  if (typeof endpoint !== "string")
    return { status: {}, condition: notReady(endpoint), againMs: undefined };
  const message = `Without TLS, whoever reaches ${endpoint} controls this host and all its containers. Set spec.docker.tls.mode to Verify.`;
  const before = findCondition(host.status?.conditions, CONDITIONS.DockerReady);
  if (before?.reason !== REASONS.Insecure) {
    const { Insecure: reason } = REASONS;
    context.event(host, { type: "Warning", reason, action: "Converge", note: message });
  }
  return {
    status: { host: endpoint },
    condition: ready(REASONS.Insecure, message),
    againMs: undefined,
  };
}

const ready = (reason: ConditionInput["reason"], message: string): ConditionInput => ({
  type: CONDITIONS.DockerReady,
  status: "True",
  reason,
  message,
});

const notReady = (problem: Problem): ConditionInput => ({
  type: CONDITIONS.DockerReady,
  status: "False",
  ...problem,
});

interface Certificates {
  readonly status: VirtualContainerHostStatusDocker;
  readonly againMs: number;
}

async function keepCertificates(
  { deps: { issuer }, secrets }: Scope,
  host: VirtualContainerHost,
  { client }: Context,
  gateway: Gateway,
): Promise<Certificates | Problem> {
  const { name, namespace, uid } = host.metadata;
  const { apiVersion, kind } = KINDS.VirtualContainerHost;
  const names = dockerSecretNames(name);
  const place = (secret: string) => ({
    namespace,
    name: secret,
    owner: { apiVersion, kind, name, uid },
  });
  const nowMs = Date.now();
  const keeper = { client, secrets, issuer, nowMs };
  const commonName = `${name}.${namespace}`;
  const kept = await keepAuthority(keeper, place(names.authority), commonName);
  if (isUnusable(kept)) return { reason: REASONS.AuthorityInvalid, message: `${kept.unusable}.` };
  const server = await keepLeaf(
    keeper,
    place(names.server),
    {
      commonName,
      names: certificateNames(host, gateway),
      usages: ["server"],
      lifetimeMs: LIFETIMES.process,
    },
    kept.authority,
  );
  if (isUnusable(server)) return { reason: REASONS.NameClash, message: `${server.unusable}.` };
  const user = await keepLeaf(
    keeper,
    place(names.client),
    {
      commonName: `client of ${keyOf(host)}`,
      names: [],
      usages: ["client"],
      lifetimeMs: LIFETIMES.client,
    },
    kept.authority,
  );
  if (isUnusable(user)) return { reason: REASONS.NameClash, message: `${user.unusable}.` };
  const leafs = [server, user];
  return {
    status: {
      caSecret: names.authority,
      serverSecret: names.server,
      clientSecret: names.client,
      revision: revisionOf(leafs),
      notAfter: new Date(Math.min(...leafs.map(({ notAfterMs }) => notAfterMs))).toISOString(),
    },
    againMs: waitMs([kept.renewAtMs, ...leafs.map(({ renewAtMs }) => renewAtMs)], nowMs),
  };
}

/** Changes whenever somebody has to read the certificates again. */
function revisionOf(leafs: readonly KeptLeaf[]): string {
  const hash = createHash("sha256");
  for (const { data } of leafs) hash.update(`${data["tls.crt"] ?? ""}\n${data["ca.crt"] ?? ""}\n`);
  return hash.digest("hex").slice(0, 16);
}
