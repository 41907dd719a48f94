import { REASONS } from "../../../api/conditions.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import { keyOf } from "../../../kube/object.ts";
import type { ServerIdentity } from "../../directories/path-claims.ts";
import type { Problem } from "../../reporting/problem.ts";
import { serverKeyOf } from "../../servers/server-key.ts";
import { byAge } from "./age.ts";

/** What carries a host's bridge: hosts that share it share a network, on which both give out the same addresses. */
function carrierOf({ spec }: VirtualContainerHost): string {
  const { switch: dvs, vlan, portGroup } = spec.networks.bridge;
  if (dvs === undefined) return `port group "${portGroup ?? ""}"`;
  return vlan === undefined ? `"${dvs}" without a VLAN` : `VLAN ${vlan} of "${dvs}"`;
}

/** Whether an older host of the same vCenter has the network that this one asks for. Pure. */
export function bridgeProblem(
  host: VirtualContainerHost,
  others: readonly VirtualContainerHost[],
  identity: ServerIdentity,
): Problem | undefined {
  const [carrier, server] = [carrierOf(host), identity(serverKeyOf(host))];
  const holder = others
    .filter((other) => other.metadata.uid !== host.metadata.uid && byAge(other, host) < 0)
    .filter((other) => carrierOf(other) === carrier && identity(serverKeyOf(other)) === server)
    .toSorted(byAge)[0];
  return (
    holder && {
      reason: REASONS.NetworkTaken,
      message: `VirtualContainerHost ${keyOf(holder)} has ${carrier} for its bridge: give this one another VLAN, or another network.`,
    }
  );
}
