import { unmarkedName } from "../api/naming.ts";
import { parseHostMarker } from "../api/markers.ts";
import type { VirtualContainerHost } from "../api/virtualcontainerhost.gen.ts";
import { type MarkedObject, morefKey } from "../vsphere/index.ts";
import { type Finding, ofOthers } from "./finding.ts";
import { always, type Known, siteOf } from "./known.ts";
import type { Observed, Site } from "./observed.ts";

// vApps, pools, folders and port groups of hosts, as far as something is written on them. Pure.

/** As `status.vsphere` calls them. */
type Place = "vApp" | "resourcePool" | "folder" | "portGroup";

const PLACES: readonly Place[] = ["vApp", "resourcePool", "folder", "portGroup"];

const NAMES: Readonly<Record<Place, string>> = {
  vApp: "vApp",
  resourcePool: "Resource pool",
  folder: "Folder",
  portGroup: "Port group",
};

const CODES: Readonly<Record<Place, string>> = {
  vApp: "VApp",
  resourcePool: "Pool",
  folder: "Folder",
  portGroup: "PortGroup",
};

const objectsOf = (site: Site, place: Place): readonly MarkedObject[] =>
  ({
    vApp: site.vApps,
    resourcePool: site.pools,
    folder: site.folders,
    portGroup: site.portGroups,
  })[place];

/** Findings about what hosts make in the inventory: without a host, doubled, or missing. */
export const checkPlaces = (observed: Observed, known: Known): Finding[] => [
  ...observed.sites.flatMap((site) =>
    PLACES.flatMap((place) =>
      checkPlace(observed.installation, place, objectsOf(site, place), known),
    ),
  ),
  ...observed.sites.flatMap((site) =>
    (["folder", "resourcePool"] as const).flatMap((place) =>
      objectsOf(site, place).flatMap((each) => unmarked(place, each, known)),
    ),
  ),
  ...missing(observed),
];

function checkPlace(
  installation: string,
  place: Place,
  objects: readonly MarkedObject[],
  known: Known,
): Finding[] {
  const ours = objects.flatMap((object) => {
    const marker = parseHostMarker(object.text);
    return marker ? [{ object, marker }] : [];
  });
  const single = ours.flatMap(({ object, marker }): Finding[] => {
    const where = `${NAMES[place]} "${object.name}"`;
    if (known.hosts.has(marker.id)) return [];
    if (marker.installation !== installation)
      return [
        ofOthers(where, `It is of the installation ${marker.installation} (${marker.host}).`),
      ];
    return [
      {
        severity: "leaked",
        code: `${CODES[place]}WithoutHost`,
        where,
        what: `Its VirtualContainerHost ${marker.host} doesn't exist.`,
        todo: "Apply the VirtualContainerHost again with spec.adopt, or delete it in vSphere.",
      },
    ];
  });
  const byId = Map.groupBy(ours, ({ marker }) => marker.id);
  const doubled = [...byId]
    .filter(([id, same]) => same.length > 1 && known.hosts.has(id))
    .map(([, same]): Finding => ({
      severity: "doubled",
      code: `Doubled${CODES[place]}`,
      where: same.map(({ object }) => `${NAMES[place]} "${object.name}"`).join(", "),
      what: `${same.length} of them are marked as ${same[0]?.marker.host}'s.`,
      todo: "Delete the one that is empty.",
    }));
  return [...single, ...doubled];
}

/** A folder or pool that was made and never marked: whose it is only its name tells. */
function unmarked(place: Place, { name, text }: MarkedObject, known: Known): Finding[] {
  if (!/^vic-[0-9a-f-]{36}$/.test(name) || text) return [];
  if ([...known.hosts.keys()].some((id) => unmarkedName(id) === name)) return [];
  return [
    {
      severity: "unknown",
      code: `Unmarked${CODES[place]}`,
      where: `${NAMES[place]} "${name}"`,
      what: "An operator that died before it marked it may have made it, of this installation or another.",
      todo: "Delete it if it is empty, and no VirtualContainerHost of any cluster has this id.",
    },
  ];
}

function missing(observed: Observed): Finding[] {
  return always(observed.before.hosts, observed.after.hosts).flatMap((host) => {
    const site = siteOf(observed, host);
    if (!site || host.metadata.deletionTimestamp) return [];
    const isOwnPortGroup = host.spec.networks.bridge.switch !== undefined;
    return PLACES.filter((place) => place !== "portGroup" || isOwnPortGroup).flatMap((place) => {
      const { moRef, name = "" } = host.status?.vsphere?.[place] ?? {};
      if (moRef === undefined) return [];
      const stands = moRef.startsWith("Network:")
        ? site.hostPortGroups.has(name)
        : objectsOf(site, place).some(({ ref }) => morefKey(ref) === moRef);
      return stands ? [] : [missingPlace(host, `${NAMES[place]} "${name}"`)];
    });
  });
}

function missingPlace(host: VirtualContainerHost, what: string): Finding {
  return {
    severity: "missing",
    code: "PlaceMissing",
    where: `VirtualContainerHost ${host.metadata.namespace}/${host.metadata.name}`,
    what: `Its ${what} isn't there.`,
    todo: "Wait for the operator to make it again.",
  };
}
