import { createHash } from "node:crypto";

// Addresses of containers on a VirtualContainerHost's bridge network. Pure: the
// addresses in use stand in the status of its containers.

/** An IPv4 network; addresses as unsigned 32-bit numbers. */
export interface Subnet {
  readonly base: number;
  readonly prefix: number;
}

/** Reads `a.b.c.d/n`, host bits cleared; undefined for anything else. */
export function parseSubnet(cidr: string): Subnet | undefined {
  const [address = "", length = ""] = cidr.split("/", 2);
  const number = parseAddress(address);
  const prefix = /^\d{1,2}$/.test(length) ? Number(length) : Number.NaN;
  if (number === undefined || !(prefix >= 0 && prefix <= 32)) return undefined;
  return { base: (number & mask(prefix)) >>> 0, prefix };
}

const mask = (prefix: number): number => (prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0);

/** An IPv4 address as a number of 32 bits; undefined where the text is none. */
export function parseAddress(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255))
    return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** Inverse of {@link parseAddress}. */
export const formatAddress = (address: number): string =>
  [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");

export const formatSubnet = ({ base, prefix }: Subnet): string =>
  `${formatAddress(base)}/${prefix}`;

/** The network of the scope `bridge`: the first /16 of the range, or all of a smaller one. */
export const bridgeSubnet = (range: Subnet): Subnet => ({
  base: range.base,
  prefix: Math.max(16, range.prefix),
});

/** The first address of a subnet, which is its gateway's. */
export const gatewayOf = ({ base }: Subnet): number => (base + 1) >>> 0;

/**
 * The lowest free address: neither the network's own, nor its gateway's, nor its broadcast's.
 * Undefined when none is left.
 */
export function lowestFreeAddress(
  subnet: Subnet,
  used: Pick<ReadonlySet<number>, "has">,
): number | undefined {
  const last = (subnet.base | ~mask(subnet.prefix)) >>> 0;
  for (let address = gatewayOf(subnet) + 1; address < last; address++) {
    if (!used.has(address)) return address;
  }
  return undefined;
}

/**
 * A MAC address in the range that vSphere leaves to administrators, 00:50:56:00:00:00 to
 * 00:50:56:3f:ff:ff (vSphere Networking, "Static MAC address format"). It follows from the
 * container's id and the NIC, so that a repeated create asks for the same; `attempt` gives
 * another one where two containers of a host collide.
 */
export function macAddress(id: string, nic: number, attempt = 0): string {
  const hash = createHash("sha256").update(`${id}/mac/${nic}/${attempt}`).digest();
  const tail = [hash[0]! & 0x3f, hash[1]!, hash[2]!];
  return ["00", "50", "56", ...tail.map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
}

/** The first of a NIC's MAC addresses that no other container of the host has. */
export function freeMacAddress(id: string, nic: number, used: ReadonlySet<string>): string {
  for (let attempt = 0; ; attempt++) {
    const mac = macAddress(id, nic, attempt);
    if (!used.has(mac)) return mac;
  }
}
