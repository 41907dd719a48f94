import { KINDS } from "../../api/kinds.ts";
import { type DatastorePath, imageStoreRoot, normalizePath } from "../../api/naming.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import type { VolumeStore } from "../../api/volumestore.gen.ts";
import type { Informers } from "../../kube/informer.ts";
import { keyOf } from "../../kube/object.ts";
import { serverKeyOf } from "../servers/server-key.ts";
import type { PathClaim } from "./nesting.ts";

/** Tells resources of one vCenter that they share it, although they may name it by different VSphereServers. */
export type ServerIdentity = (serverKey: string) => string;

/** The directory that a host claims: the root of its image store. */
export const hostClaim = (host: VirtualContainerHost, identity: ServerIdentity): PathClaim => ({
  owner: `VirtualContainerHost ${keyOf(host)}`,
  uid: host.metadata.uid,
  kind: "VirtualContainerHost",
  server: identity(serverKeyOf(host)),
  ...imageStoreRoot(host.spec.imageStore),
  createdAt: host.metadata.creationTimestamp,
});

/** The directory that a VolumeStore claims. */
export const storeClaim = (store: VolumeStore, identity: ServerIdentity): PathClaim => ({
  owner: `VolumeStore ${keyOf(store)}`,
  uid: store.metadata.uid,
  kind: "VolumeStore",
  server: identity(serverKeyOf(store)),
  datastore: store.spec.datastore.name,
  path: normalizePath(store.spec.datastore.path),
  createdAt: store.metadata.creationTimestamp,
});

/** The identity of a server: what it calls itself, once it has been reached. */
export const serverIdentity =
  (informers: Informers): ServerIdentity =>
  (key) =>
    informers.of(KINDS.VSphereServer).store.get(key)?.status?.instanceUuid ?? key;

/** The directories that others claim on the datastore of a claim. Pure. */
export const neighboursOf = (claim: PathClaim, claims: readonly PathClaim[]): DatastorePath[] =>
  claims
    .filter(
      ({ uid, server, datastore }) =>
        uid !== claim.uid && server === claim.server && datastore === claim.datastore,
    )
    .map(({ datastore, path }) => ({ datastore, path }));

/** The paths that all VirtualContainerHosts and VolumeStores claim. */
export function allClaims(informers: Informers): PathClaim[] {
  const identity = serverIdentity(informers);
  return [
    ...informers
      .of(KINDS.VirtualContainerHost)
      .store.list()
      .map((host) => hostClaim(host, identity)),
    ...informers
      .of(KINDS.VolumeStore)
      .store.list()
      .map((store) => storeClaim(store, identity)),
  ];
}
