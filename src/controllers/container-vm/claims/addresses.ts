import type { ContainerVM, ContainerVMStatusNetwork } from "../../../api/containervm.gen.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import { keyOf } from "../../../kube/object.ts";
import { hostKeyOf } from "../../hosts/host-key.ts";
import type { LiveHost } from "../../hosts/host-registry.ts";
import type { Problem } from "../../reporting/problem.ts";
import { leftNetworks } from "./left-networks.ts";
import { allocateNetworks, take, takenBy } from "../decisions/networks.ts";
import { BY_HOST, type Scope } from "../scope/scope.ts";

/**
 * The container's addresses: those of its status, or free ones that are held for it from now on. All that a host's
 * containers have is looked through once a second at most, not for each of a crowd; in between it only grows, by what is
 * given out, so that nothing is given twice.
 */
export async function networksOf(
  scope: Scope,
  container: ContainerVM,
  id: string,
  host: VirtualContainerHost,
  live: LiveHost,
): Promise<readonly ContainerVMStatusNetwork[] | Problem> {
  const { reservations, taken } = scope.memory;
  const [key, hostKey] = [keyOf(container), hostKeyOf(container)];
  const wanted = container.spec.networks.length;
  const stands = container.status?.networks;
  if (stands?.length === wanted) {
    reservations.forget(key);
    return stands;
  }
  const held = reservations.of(key);
  if (held?.length === wanted) return held;
  const { bridge } = host.spec.networks;
  const known = taken.get(hostKey);
  const quick = known && allocateNetworks(container, id, bridge, known);
  if (quick && !("reason" in quick)) {
    take(known, quick);
    reservations.hold(key, hostKey, quick);
    return quick;
  }
  const left = await leftNetworks(scope, container, live);
  // From here on nothing is awaited: two that looked at once see what the other one was given.
  const others = scope.containers
    .byIndex(BY_HOST, hostKey)
    .filter(({ metadata }) => metadata.uid !== container.metadata.uid)
    .flatMap(({ status }) => status?.networks ?? []);
  const all = takenBy([...others, ...reservations.ofHost(hostKey), ...left]);
  taken.set(hostKey, all);
  const networks = allocateNetworks(container, id, bridge, all);
  if ("reason" in networks) return networks;
  take(all, networks);
  reservations.hold(key, hostKey, networks);
  return networks;
}
