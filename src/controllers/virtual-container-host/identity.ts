import {
  formatHostMarker,
  type HostMarker,
  type OwnerFile,
  parseHostMarker,
} from "../../api/markers.ts";
import {
  bridgePortGroupName,
  hostInventoryName,
  hostPaths,
  type HostPaths,
  imageStoreRoot,
  normalizePath,
  unmarkedFolderName,
} from "../../api/naming.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import { keyOf } from "../../kube/object.ts";
import type { DatastorePath } from "../../api/naming.ts";

/** Who a VirtualContainerHost is in vSphere: its id, its names, its places and its marker. All follow from the resource. */
export interface HostIdentity {
  readonly key: string;
  readonly id: string;
  readonly installation: string;
  readonly names: {
    readonly inventory: string;
    readonly unmarkedFolder: string;
    readonly portGroup: string;
  };
  readonly store: DatastorePath;
  readonly root: DatastorePath;
  readonly paths: HostPaths;
  /** The line that stands on its vApp, port group and folder. */
  readonly marker: string;
  readonly owner: OwnerFile;
}

export function identityOf(host: VirtualContainerHost, installation: string): HostIdentity {
  const { namespace, name, uid } = host.metadata;
  const id = host.status?.id ?? uid;
  const store = {
    datastore: host.spec.imageStore.datastore,
    path: normalizePath(host.spec.imageStore.path),
  };
  return {
    key: keyOf(host),
    id,
    installation,
    names: {
      inventory: hostInventoryName(namespace, name),
      unmarkedFolder: unmarkedFolderName(id),
      portGroup: bridgePortGroupName(namespace, name),
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
