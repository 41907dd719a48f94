import { REASONS } from "../../api/conditions.ts";
import type { ContainerVM, ContainerVMStatusNetwork } from "../../api/containervm.gen.ts";
import type { VirtualContainerHostSpecNetworksBridge } from "../../api/virtualcontainerhost.gen.ts";
import {
  bridgeSubnet,
  formatAddress,
  freeMacAddress,
  gatewayOf,
  lowestFreeAddress,
  parseAddress,
  parseSubnet,
} from "../placement/addresses.ts";
import type { Problem } from "../placement/problem.ts";

/** The only network that every host has. */
const BRIDGE = "bridge";

/**
 * Gives a container its addresses on the networks of its spec. Pure.
 *
 * @param taken the networks of the host's other containers
 */
export function allocateNetworks(
  container: Pick<ContainerVM, "spec">,
  id: string,
  bridge: Pick<VirtualContainerHostSpecNetworksBridge, "range">,
  taken: readonly ContainerVMStatusNetwork[],
): ContainerVMStatusNetwork[] | Problem {
  const unknown = container.spec.networks
    .filter(({ name }) => name !== BRIDGE)
    .map(({ name }) => name);
  if (unknown.length > 0) {
    return {
      reason: REASONS.UnknownNetwork,
      message: `The host has no network ${unknown.map((name) => `"${name}"`).join(", ")}; it has "${BRIDGE}". Make another ContainerVM.`,
    };
  }
  const range = parseSubnet(bridge.range);
  if (!range)
    return { reason: REASONS.AddressesExhausted, message: `"${bridge.range}" is no IPv4 network.` };
  const subnet = bridgeSubnet(range);
  const addresses = new Set(
    taken.map(({ address }) => parseAddress(address ?? "")).filter((each) => each !== undefined),
  );
  const macs = new Set(taken.map(({ mac }) => mac ?? ""));
  const networks: ContainerVMStatusNetwork[] = [];
  for (const [nic, { name }] of container.spec.networks.entries()) {
    const address = lowestFreeAddress(subnet, addresses);
    if (address === undefined) {
      return {
        reason: REASONS.AddressesExhausted,
        message: `${bridge.range} has no free address: delete containers that aren't needed.`,
      };
    }
    addresses.add(address);
    networks.push({
      name,
      address: formatAddress(address),
      prefixLength: subnet.prefix,
      gateway: formatAddress(gatewayOf(subnet)),
      mac: freeMacAddress(id, nic, macs),
    });
  }
  return networks;
}

/** Addresses given out in this process that the caches may not show yet. */
export class Reservations {
  readonly #held = new Map<
    string,
    { readonly host: string; readonly networks: readonly ContainerVMStatusNetwork[] }
  >();

  hold(container: string, host: string, networks: readonly ContainerVMStatusNetwork[]): void {
    this.#held.set(container, { host, networks });
  }

  /** What all others hold in a host. */
  ofOthers(container: string, host: string): ContainerVMStatusNetwork[] {
    return [...this.#held]
      .filter(([key, held]) => key !== container && held.host === host)
      .flatMap(([, { networks }]) => networks);
  }

  forget(container: string): void {
    this.#held.delete(container);
  }
}
