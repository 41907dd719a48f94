import { shownName } from "../../api/docker-name.ts";
import { idOfContainer, idOfHost } from "../../api/identity.ts";
import type { Tenant } from "../tenant.ts";
import { DockerError } from "../errors.ts";
import { stateOf } from "../containers/state/state.ts";
import { endpointId, networkId } from "../translation/network-settings-of.ts";

/** A network of a host: its bridge, or none. */
export interface DockerNetwork {
  readonly name: "bridge" | "none";
  readonly id: string;
}

/** The networks that a host has; no other can be made. */
export function networksOf(tenant: Tenant): readonly DockerNetwork[] {
  const hostId = idOfHost(tenant.host());
  return (["bridge", "none"] as const).map((name) => ({ name, id: networkId(hostId, name) }));
}

/** By name, whole id, or the beginning of an id. */
export function resolveNetwork(tenant: Tenant, text: string): DockerNetwork {
  const all = networksOf(tenant);
  const exact = all.find(({ name, id }) => name === text || id === text);
  if (exact !== undefined) return exact;
  const found = text === "" ? [] : all.filter(({ id }) => id.startsWith(text));
  if (found.length > 1) {
    throw new DockerError(
      400,
      `network ${text} is ambiguous (${found.length} matches found on ID prefix)`,
    );
  }
  if (found[0] === undefined) throw new DockerError(404, `network ${text.slice(0, 128)} not found`);
  return found[0];
}

/** As Docker shows it. */
export function describeNetwork(
  tenant: Tenant,
  { name, id }: DockerNetwork,
  withContainers: boolean,
): object {
  const { metadata, spec } = tenant.host();
  const subnet = { Subnet: spec.networks.bridge.range };
  return {
    Name: name,
    Id: id,
    Created: metadata.creationTimestamp,
    Scope: "local",
    Driver: name === "bridge" ? "bridge" : "null",
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: { Driver: "default", Options: null, Config: name === "bridge" ? [subnet] : null },
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: "" },
    ConfigOnly: false,
    Containers: withContainers ? containersOn(tenant, name) : {},
    Options: {},
    Labels: {},
  };
}

function containersOn(tenant: Tenant, network: string): object {
  const entries = tenant.containers
    .all()
    .filter((container) => stateOf(container).status === "running")
    .flatMap((container) => {
      const end = container.status?.networks?.find(({ name }) => name === network);
      if (end === undefined) return [];
      const id = idOfContainer(container);
      const address = end.address?.split("/", 1)[0];
      const shown = {
        Name: shownName(container),
        EndpointID: endpointId(id, network),
        MacAddress: end.mac ?? "",
        IPv4Address: address === undefined ? "" : `${address}/${end.prefixLength ?? 32}`,
        IPv6Address: "",
      };
      return [[id, shown] as const];
    });
  return Object.fromEntries(entries);
}
