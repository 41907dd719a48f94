import { morefKey, type MoRef } from "../../../vsphere/index.ts";
import type { VirtualContainerHostStatusVsphere } from "../../../api/virtualcontainerhost.gen.ts";
import type { Equipment } from "../../hosts/host-registry.ts";
import type { PooledServer } from "../../servers/server-pool.ts";
import type { Standing } from "./converge.ts";
import type { HostIdentity } from "./identity.ts";

/** What containers, images and workers of a host that stands are made with. */
export function equipmentOf(
  me: HostIdentity,
  { datacenter }: PooledServer,
  { sight, ground, bridge, iso }: Standing,
): Equipment {
  const folder = sight.observed.folder?.ref ?? datacenter.vmFolder;
  const { container } = sight;
  const isVApp = container?.kind === "VApp";
  return {
    members: container?.ref ?? folder,
    place: isVApp ? { vApp: container.ref } : { folder, pool: container?.ref ?? ground.pool },
    bridge,
    management: ground.management,
    browser: ground.datastore.browser,
    isoPath: `${me.paths.isoDirectory}/${iso.fileName}`,
  };
}

/** Objects whose change or end makes a host suspect: its own, and those that its spec names, by which it would no longer find them. */
export function objectsOf({ sight, ground, bridge }: Standing): MoRef[] {
  const { container, observed } = sight;
  const { compute, datastore, management } = ground;
  const named = ground.pool.value === compute.resourcePool.value ? [] : [{ ref: ground.pool }];
  const bridgeOn = ground.bridge.kind === "distributed" ? [ground.bridge] : [];
  const own = [container, observed.folder, bridge];
  const all = [...own, compute, datastore, management, ...named, ...bridgeOn];
  const refs = all.flatMap((each) => each?.ref ?? []);
  return [...new Map(refs.map((ref) => [morefKey(ref), ref])).values()];
}

/** Where everything of a host is in vSphere, for its status. */
export function placesOf({ sight, ground, bridge }: Standing): VirtualContainerHostStatusVsphere {
  const place = ({ name, ref }: { readonly name: string; readonly ref: MoRef }) => ({
    name,
    moRef: morefKey(ref),
  });
  const { container, observed } = sight;
  return {
    ...(container?.kind === "VApp" ? { vApp: place(container) } : {}),
    ...(container?.kind === "ResourcePool" ? { resourcePool: place(container) } : {}),
    ...(observed.folder ? { folder: place(observed.folder) } : {}),
    portGroup: place(bridge),
    managementPortGroup: place(ground.management),
    datastore: place(ground.datastore),
  };
}
