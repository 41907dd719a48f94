import { idOfHost } from "../api/identity.ts";
import { formatDatastorePath, imageDiskPaths } from "../api/naming.ts";
import type { Finding } from "./finding.ts";
import { always, type Known, siteOf } from "./known.ts";
import type { Observed, Site } from "./observed.ts";

// Disks that should be there. Pure.

/** Findings about disks of images that aren't there or aren't whole, and about disks whose parents aren't there. */
export function checkDisks(observed: Observed, known: Known): Finding[] {
  const files = new Map(observed.sites.map((site) => [site, filesOf(site)]));
  return [
    ...imageDisks(observed, files),
    ...observed.sites.flatMap((site) => parents(site, files.get(site)!, known)),
  ];
}

/** What is known of the files on a site's datastores. */
interface Files {
  readonly paths: ReadonlySet<string>;
  /** Directories whose content is known. */
  readonly roots: readonly string[];
}

function filesOf({ datastores }: Site): Files {
  const claims = datastores.flatMap(({ name: datastore, claims: all }) =>
    all.map(({ path, entries }) => ({ datastore, path, entries })),
  );
  return {
    paths: new Set(
      claims.flatMap(({ datastore, path, entries }) =>
        entries.map(({ name }) => formatDatastorePath({ datastore, path: `${path}/${name}` })),
      ),
    ),
    roots: claims.map(({ datastore, path }) => `${formatDatastorePath({ datastore, path })}/`),
  };
}

function imageDisks(observed: Observed, files: ReadonlyMap<Site, Files>): Finding[] {
  const { before, after } = observed;
  const hosts = new Map(
    after.hosts.map((host) => [`${host.metadata.namespace}/${host.metadata.name}`, host]),
  );
  return always(before.images, after.images).flatMap((image) => {
    const { namespace, name, deletionTimestamp } = image.metadata;
    const host = hosts.get(`${namespace}/${image.spec.hostRef.name}`);
    const site = host && siteOf(observed, host);
    if (!site || deletionTimestamp) return [];
    const { paths, roots } = files.get(site)!;
    return (image.status?.disks ?? [])
      .filter(({ state }) => state === "Ready")
      .flatMap(({ chainId }): Finding[] => {
        const { disk, manifest } = imageDiskPaths(host.spec.imageStore, idOfHost(host), chainId);
        const isListed = roots.some((root) => disk.startsWith(root));
        const lacks = [disk, manifest].filter((path) => !paths.has(path));
        if (isListed && lacks.length === 0) return [];
        return [
          {
            severity: "missing",
            code: "DiskMissing",
            where: `ContainerImage ${namespace}/${name}`,
            what: `${lacks.join(" and ")} should be there.`,
            todo: "Wait for the next container of this image, with which it is made again.",
          },
        ];
      });
  });
}

function parents({ machines }: Site, { paths, roots }: Files, known: Known): Finding[] {
  return machines
    .filter(({ marker }) => marker && known.isOurs(marker))
    .flatMap(({ name, devices }) =>
      (devices ?? [])
        .flatMap((device) => device.parents ?? [])
        .filter((path) => roots.some((root) => path.startsWith(root)) && !paths.has(path))
        .map((path) => ({
          severity: "missing",
          code: "ParentMissing",
          where: `VM "${name}"`,
          what: `Its disk stands on ${path}, which isn't there.`,
          todo: "Restore the file from a backup of the datastore; without it the container can't be started.",
        })),
    );
}
