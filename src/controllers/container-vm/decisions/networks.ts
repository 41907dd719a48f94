import { REASONS } from "../../../api/conditions.ts";
import type { ContainerVM, ContainerVMStatusNetwork } from "../../../api/containervm.gen.ts";
import type { VirtualContainerHostSpecNetworksBridge } from "../../../api/virtualcontainerhost.gen.ts";
import type { Problem } from "../../reporting/problem.ts";
import {
  bridgeSubnet,
  formatAddress,
  freeMacAddress,
  gatewayOf,
  lowestFreeAddress,
  parseAddress,
  parseSubnet,
} from "../../virtual-machines/addresses.ts";

/** The only network that every host has. */
const BRIDGE = "bridge";

/** What containers of a host have. */
export interface Taken {
  readonly addresses: Set<number>;
  readonly macs: Set<string>;
}

/** Adds containers' networks to what is taken. */
export function take(taken: Taken, networks: readonly ContainerVMStatusNetwork[]): Taken {
  for (const { address, mac } of networks) {
    const number = parseAddress(address ?? "");
    if (number !== undefined) taken.addresses.add(number);
    if (mac !== undefined) taken.macs.add(mac);
  }
  return taken;
}

export const takenBy = (networks: readonly ContainerVMStatusNetwork[]): Taken =>
  take({ addresses: new Set(), macs: new Set() }, networks);

/**
 * Gives a container its addresses on the networks of its spec. Pure.
 *
 * @param taken what the host's other containers have
 */
export function allocateNetworks(
  container: Pick<ContainerVM, "spec">,
  id: string,
  bridge: Pick<VirtualContainerHostSpecNetworksBridge, "range">,
  taken: Taken,
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
  const mine = new Set<number>();
  const used = { has: (each: number) => taken.addresses.has(each) || mine.has(each) };
  const networks: ContainerVMStatusNetwork[] = [];
  for (const [nic, { name }] of container.spec.networks.entries()) {
    const address = lowestFreeAddress(subnet, used);
    if (address === undefined) {
      return {
        reason: REASONS.AddressesExhausted,
        message: `${bridge.range} has no free address: delete containers that aren't needed.`,
      };
    }
    mine.add(address);
    networks.push({
      name,
      address: formatAddress(address),
      prefixLength: subnet.prefix,
      gateway: formatAddress(gatewayOf(subnet)),
      mac: freeMacAddress(id, nic, taken.macs),
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

  /** What a container holds. */
  of(container: string): readonly ContainerVMStatusNetwork[] | undefined {
    return this.#held.get(container)?.networks;
  }

  /** What all hold in a host. */
  ofHost(host: string): ContainerVMStatusNetwork[] {
    return [...this.#held.values()]
      .filter((held) => held.host === host)
      .flatMap(({ networks }) => networks);
  }

  forget(container: string): void {
    this.#held.delete(container);
  }
}
