import { REASONS } from "../../../api/conditions.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import { findNetwork, type NetworkInfo } from "../../../vsphere/index.ts";
import { datastoreProblem } from "../../placement/datastore-problem.ts";
import { isProblem, type Problem } from "../../reporting/problem.ts";
import type { PooledServer } from "../../servers/server-pool.ts";
import { act, type Site } from "./act.ts";
import type { HostIdentity } from "./identity.ts";
import type { GuestIso, Iso } from "./iso.ts";
import { type Ground, lookUpGround } from "./ground.ts";
import { observeHost, type Sight } from "./observe.ts";
import { type HostStep, planHost } from "./plan.ts";

/** A host that stands in vSphere as its spec asks. */
export interface Standing {
  readonly ground: Ground;
  readonly sight: Sight;
  readonly bridge: NetworkInfo;
  readonly iso: Iso;
}

/** Looking, planning and acting goes on until nothing is left to do; more rounds than this mean that something undoes them. */
const MAX_ROUNDS = 8;

/**
 * Makes a host stand as its spec asks, and tells each step that was taken. Returns the problem where a person has to do something; throws
 * what vSphere throws.
 */
export async function converge(
  site: Site,
  host: VirtualContainerHost,
  guestIso: GuestIso,
  onStep: (step: HostStep) => void,
): Promise<Standing | Problem> {
  const { server, me } = site;
  const iso = await readIso(guestIso);
  if (isProblem(iso)) return iso;
  const ground = await lookUpGround(server, host);
  if (isProblem(ground)) return ground;
  const unusable = datastoreProblem(ground.datastore);
  if (unusable) return unusable;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const sight = await observeHost(server, host, me, ground, iso);
    if (isProblem(sight)) return sight;
    const steps = planHost(host.spec, ground.shape, sight.observed, me.names, site.isShort);
    if (steps.length === 0)
      return { ground, sight, iso, bridge: await bridgeOf(server, me, ground, sight) };
    for (const step of steps) {
      const problem = await act(step, { ...site, ground, sight, iso });
      if (problem) return problem;
      onStep(step);
    }
  }
  return {
    reason: REASONS.VSphereFault,
    message: "What is made in vSphere doesn't stay: something undoes it. See its recent tasks.",
  };
}

async function readIso(guestIso: GuestIso): Promise<Iso | Problem> {
  try {
    return await guestIso.read();
  } catch (error) {
    return {
      reason: REASONS.IsoUnavailable,
      message: `The operator can't read its guest ISO (${(error as NodeJS.ErrnoException).code ?? "error"}): correct --guest-iso.`,
    };
  }
}

function bridgeOf(
  { vsphere, datacenter }: PooledServer,
  { names }: HostIdentity,
  { bridge }: Ground,
  sight: Sight,
): Promise<NetworkInfo> | NetworkInfo {
  if (bridge.kind === "given") return bridge.network;
  const name = sight.bridge?.kind === "distributed" ? sight.bridge.name : names.ownPortGroup;
  return findNetwork(vsphere, datacenter, name);
}
