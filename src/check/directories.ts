import { idOfHost } from "../api/identity.ts";
import { formatDatastorePath, OWNER_FILE } from "../api/naming.ts";
import type { DatastoreEntry } from "../vsphere/index.ts";
import { type Finding, ofOthers } from "./finding.ts";
import { type Known } from "./known.ts";
import type { Observed, ObservedClaim, ObservedDatastore, Site } from "./observed.ts";

// What lies on datastores, and whose it is. Pure.

/** Findings about directories and files that belong to nobody. */
export const checkDirectories = (observed: Observed, known: Known): Finding[] =>
  observed.sites.flatMap((site) => {
    const used = filesInUse(site);
    return site.datastores.flatMap((datastore) => [
      ...machineDirectories(observed.installation, datastore, known),
      ...datastore.claims.flatMap((claim) =>
        checkClaim(observed.installation, datastore, claim, known, used),
      ),
    ]);
  });

/** Every file that a VM of ours has in a device, disks' parents included. */
export function filesInUse({ machines }: Site): Set<string> {
  return new Set(
    machines.flatMap(({ devices }) =>
      (devices ?? []).flatMap(({ fileName, parents }) => [
        ...(fileName === undefined ? [] : [fileName]),
        ...(parents ?? []),
      ]),
    ),
  );
}

function machineDirectories(
  installation: string,
  { name: datastore, directories }: ObservedDatastore,
  known: Known,
): Finding[] {
  return directories.flatMap((directory): Finding[] => {
    const { name } = directory;
    if (known.containers.has(name) || known.own.has(name)) return [];
    const where = formatDatastorePath({ datastore, path: name });
    if (directory.installation === installation)
      return [
        {
          severity: "leaked",
          code: "DirectoryOfNobody",
          where,
          what: "It is the directory of a VM of ours that isn't registered, and whose resource doesn't exist.",
          todo: "Delete the directory; or register its VM in the host's vApp, and its ContainerVM comes back.",
        },
      ];
    return [
      {
        severity: directory.installation === undefined ? "unknown" : "foreign",
        code: directory.installation === undefined ? "DirectoryOfWhom" : "OtherInstallation",
        where,
        what:
          directory.installation === undefined
            ? "It is named like a VM's directory of some installation, and no file in it says of which."
            : `It is of the installation ${directory.installation}.`,
        todo: "Nothing, unless you know whose it was.",
      },
    ];
  });
}

function checkClaim(
  installation: string,
  { name: datastore }: ObservedDatastore,
  claim: ObservedClaim,
  known: Known,
  used: ReadonlySet<string>,
): Finding[] {
  const { owner, path, entries } = claim;
  const where = formatDatastorePath({ datastore, path });
  const host = owner?.kind === "VirtualContainerHost" ? known.hosts.get(owner.id) : undefined;
  if (host) return checkStore(datastore, path, entries, host, known, used);
  if (!owner || known.stores.has(owner.id)) return [];
  if (owner.installation !== installation)
    return [
      ofOthers(
        where,
        `It belongs to ${owner.kind} ${owner.namespace}/${owner.name} of the installation ${owner.installation}.`,
      ),
    ];
  return [
    {
      severity: "leaked",
      code: "OwnerFileOfNobody",
      where,
      what: `Its ${OWNER_FILE} names ${owner.kind} ${owner.namespace}/${owner.name}, which doesn't exist.`,
      todo: "Apply that resource again with spec.adopt, or delete the directory.",
    },
  ];
}

/** The image store of a host: what in it belongs to no image, and is no ISO in use. */
function checkStore(
  datastore: string,
  root: string,
  entries: readonly DatastoreEntry[],
  host: Parameters<typeof idOfHost>[0],
  known: Known,
  used: ReadonlySet<string>,
): Finding[] {
  const id = idOfHost(host);
  const at = (name: string): string => formatDatastorePath({ datastore, path: `${root}/${name}` });
  const leak = (code: string, name: string, what: string, todo: string): Finding => ({
    severity: "leaked",
    code,
    where: at(name),
    what,
    todo,
  });
  const isOwn = (name: string): boolean => name === id || name === OWNER_FILE;
  const findings = entries
    .filter(({ name }) => !name.includes("/") && !isOwn(name))
    .map(({ name }) =>
      leak(
        "StrayEntry",
        name,
        "The host that claims this directory knows nothing of it.",
        "Delete it.",
      ),
    );
  for (const { name } of entries) {
    const [own, part, item, ...rest] = name.split("/");
    if (own !== id || item === undefined || rest.length > 0) continue;
    if (part === "iso" && at(name) !== host.status?.isoPath && !used.has(at(name)))
      findings.push(
        leak("UnusedISO", name, "No VM boots from it, and no new one will.", "Delete the file."),
      );
    const isDisk = part === "images";
    if (isDisk && !known.disks.get(id)?.has(item) && !used.has(`${at(name)}/${item}.vmdk`))
      findings.push(
        leak(
          "DiskOfNobody",
          name,
          "No ContainerImage has this disk, and no VM's disk stands on it.",
          "Delete the directory.",
        ),
      );
  }
  return findings;
}
