import { idOfHost } from "../api/identity.ts";
import { ownInventoryName, ownPortGroupName } from "../api/naming.ts";
import type { Finding } from "./finding.ts";
import type { Known } from "./known.ts";
import type { Observed, Site } from "./observed.ts";

// What nothing can be written on: only its name, with a host's id at its end, tells whose it is. Pure.

type Names = (namespace: string, name: string, hostId: string) => string;

/** Findings about resource pools of bare ESXi hosts and port groups of standard switches that are no host's of this installation. */
export const checkUnmarkable = (observed: Observed, known: Known): Finding[] =>
  observed.sites.flatMap((site) => [...pools(site, known), ...portGroups(site, known)]);

const namesOf = (known: Known, naming: Names): ReadonlySet<string> =>
  new Set(
    [...known.hosts.values()].map((host) =>
      naming(host.metadata.namespace, host.metadata.name, idOfHost(host)),
    ),
  );

function pools(site: Site, known: Known): Finding[] {
  const ours = namesOf(known, ownInventoryName);
  return site.pools
    .filter(({ name, text }) => !text && /\..+-[0-9a-f]{12}$/.test(name) && !ours.has(name))
    .map(({ name }) => ofWhom("PoolOfWhom", `Resource pool "${name}"`));
}

function portGroups(site: Site, known: Known): Finding[] {
  const ours = namesOf(known, ownPortGroupName);
  return [...site.hostPortGroups]
    .filter(([name]) => /\..+-bridge-[0-9a-f]{12}$/.test(name) && !ours.has(name))
    .map(([name, hosts]) =>
      ofWhom("PortGroupOfWhom", `Port group "${name}" on ${hosts.toSorted().join(", ")}`),
    );
}

const ofWhom = (code: string, where: string): Finding => ({
  severity: "unknown",
  code,
  where,
  what: "It is named like a VirtualContainerHost's of some installation, and nothing on it can say of which.",
  todo: "Delete it if no VirtualContainerHost of any cluster has an id that begins like the end of its name.",
});
