import { idOfHost } from "../../../api/identity.ts";
import {
  formatHostMarker,
  type HostMarker,
  type OwnerFile,
  parseHostMarker,
} from "../../../api/markers.ts";
import {
  bridgePortGroupName,
  type DatastorePath,
  hostInventoryName,
  hostPaths,
  type HostPaths,
  imageStoreRoot,
  normalizePath,
  ownInventoryName,
  ownPortGroupName,
  unmarkedName,
} from "../../../api/naming.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import { keyOf } from "../../../kube/object.ts";
import type { HostNames } from "./plan.ts";

/** Who a VirtualContainerHost is in vSphere: its id, its names, its places and its marker. All follow from the resource. */
export interface HostIdentity {
  readonly key: string;
  readonly id: string;
  readonly installation: string;
  readonly names: HostNames;
  readonly store: DatastorePath;
  readonly root: DatastorePath;
  readonly paths: HostPaths;
  /** The line that stands on its vApp, port group and folder. */
  readonly marker: string;
  readonly owner: OwnerFile;
}

export function identityOf(host: VirtualContainerHost, installation: string): HostIdentity {
  const { namespace, name } = host.metadata;
  const id = idOfHost(host);
  const store = {
    datastore: host.spec.imageStore.datastore,
    path: normalizePath(host.spec.imageStore.path),
  };
  return {
    key: keyOf(host),
    id,
    installation,
    names: {
      folder: hostInventoryName(namespace, name),
      container: hostInventoryName(namespace, name),
      portGroup: bridgePortGroupName(namespace, name),
      unmarked: unmarkedName(id),
      own: ownInventoryName(namespace, name, id),
      ownPortGroup: ownPortGroupName(namespace, name, id),
    },
    store,
    root: imageStoreRoot(store),
    paths: hostPaths(store, id),
    marker: formatHostMarker({ installation, host: keyOf(host), id }),
    owner: { installation, kind: "VirtualContainerHost", namespace, name, id },
  };
}

/** Whether a marker is this host's. */
export const isMarkedBy = (text: string | undefined, me: HostIdentity): boolean => {
  const marker: HostMarker | undefined = parseHostMarker(text);
  return marker?.installation === me.installation && marker.id === me.id;
};
