import { createHash } from "node:crypto";
import type { ContainerVM, ContainerVMStatusNetwork } from "../../api/containervm.gen.ts";

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The id of a network of a host, 64 hex digits. */
export const networkId = (hostId: string, name: string): string =>
  hash(`vic.dev/network/${hostId}/${name}`);

/** Of a container's end of a network. */
export const endpointId = (containerId: string, network: string): string =>
  hash(`vic.dev/endpoint/${containerId}/${network}`);

/** What is needed besides the resource. */
export interface NetworkView {
  /** Docker's id of the container. */
  readonly id: string;
  /** Identity of the VirtualContainerHost. */
  readonly hostId: string;
  /** Addresses count only while it runs. */
  readonly running: boolean;
}

/** One entry of `NetworkSettings.Networks`. */
function endpointOf(
  name: string,
  status: ContainerVMStatusNetwork | undefined,
  { id, hostId, running }: NetworkView,
): object {
  const shown = running ? status : undefined;
  return {
    IPAMConfig: null,
    Links: null,
    Aliases: null,
    MacAddress: shown?.mac ?? "",
    DriverOpts: null,
    GwPriority: 0,
    NetworkID: running ? networkId(hostId, name) : "",
    EndpointID: running ? endpointId(id, name) : "",
    Gateway: shown?.gateway ?? "",
    IPAddress: addressOf(shown),
    IPPrefixLen: shown?.prefixLength ?? 0,
    IPv6Gateway: "",
    GlobalIPv6Address: "",
    GlobalIPv6PrefixLen: 0,
    DNSNames: null,
  };
}

/** Without the prefix, which has a field of its own. */
const addressOf = (status: ContainerVMStatusNetwork | undefined): string =>
  status?.address?.split("/", 1)[0] ?? "";

/** `NetworkSettings.Networks`: those of the specification, `none` where there are none. */
export function endpointsOf({ spec, status }: ContainerVM, view: NetworkView): object {
  const names = spec.networks.length > 0 ? spec.networks.map(({ name }) => name) : ["none"];
  const found = (wanted: string): ContainerVMStatusNetwork | undefined =>
    status?.networks?.find(({ name }) => name === wanted);
  return Object.fromEntries(names.map((name) => [name, endpointOf(name, found(name), view)]));
}

/** `NetworkSettings` of inspect; its upper level repeats the bridge. */
export function networkSettingsOf(
  container: ContainerVM,
  ports: readonly string[],
  view: NetworkView,
): object {
  const { running, id } = view;
  const bridge = running
    ? container.status?.networks?.find(({ name }) => name === "bridge")
    : undefined;
  return {
    Bridge: "",
    SandboxID: running ? endpointId(id, "") : "",
    SandboxKey: "",
    Ports: running ? Object.fromEntries(ports.map((port) => [port, null])) : {},
    HairpinMode: false,
    LinkLocalIPv6Address: "",
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: bridge === undefined ? "" : endpointId(id, "bridge"),
    Gateway: bridge?.gateway ?? "",
    GlobalIPv6Address: "",
    GlobalIPv6PrefixLen: 0,
    IPAddress: addressOf(bridge),
    IPPrefixLen: bridge?.prefixLength ?? 0,
    IPv6Gateway: "",
    MacAddress: bridge?.mac ?? "",
    Networks: endpointsOf(container, view),
  };
}
