// Group, version and kinds of our resources; a test holds them against crds/.
import type { ContainerImage } from "./containerimage.gen.ts";
import type { ContainerName } from "./containername.gen.ts";
import type { ContainerVM } from "./containervm.gen.ts";
import type { VirtualContainerHost } from "./virtualcontainerhost.gen.ts";
import type { VolumeStore } from "./volumestore.gen.ts";
import type { VSphereServer } from "./vsphereserver.gen.ts";

export const GROUP = "vic.dev";
export const VERSION = "v1alpha1";
export const API_VERSION = `${GROUP}/${VERSION}` as const;

/** What stands behind the name of a kind. */
export interface KindOf {
  VSphereServer: VSphereServer;
  VolumeStore: VolumeStore;
  VirtualContainerHost: VirtualContainerHost;
  ContainerImage: ContainerImage;
  ContainerVM: ContainerVM;
  ContainerName: ContainerName;
}

/** Names of our kinds. */
export type KindName = keyof KindOf;

/** A kind as the API server's paths and bodies name it; fits `Kind` of src/kube. */
export interface VicKind<N extends KindName = KindName> {
  readonly group: typeof GROUP;
  readonly version: typeof VERSION;
  readonly apiVersion: typeof API_VERSION;
  readonly kind: N;
  readonly plural: string;
  readonly shortName: string;
  readonly namespaced: true;
  /** Carries the type only; never set. */
  readonly __object?: KindOf[N];
}

const kind = <N extends KindName>(name: N, plural: string, shortName: string): VicKind<N> => ({
  group: GROUP,
  version: VERSION,
  apiVersion: API_VERSION,
  kind: name,
  plural,
  shortName,
  namespaced: true,
});

/** All our kinds, by name; all are namespaced and have a status subresource. */
export const KINDS: { readonly [N in KindName]: VicKind<N> } = {
  VSphereServer: kind("VSphereServer", "vsphereservers", "vss"),
  VolumeStore: kind("VolumeStore", "volumestores", "vols"),
  VirtualContainerHost: kind("VirtualContainerHost", "virtualcontainerhosts", "vch"),
  ContainerImage: kind("ContainerImage", "containerimages", "cimg"),
  ContainerVM: kind("ContainerVM", "containervms", "cvm"),
  ContainerName: kind("ContainerName", "containernames", "cname"),
};
