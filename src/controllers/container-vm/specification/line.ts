import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { linkSecretName } from "../../../api/naming.ts";
import { refKey } from "../../../kube/object.ts";
import { linkKeyOf } from "../../hosts/link-key.ts";
import type { ContainerLine } from "./container-spec.ts";
import type { Scope } from "../scope/scope.ts";

/**
 * The serial line that a container's VM gets; undefined where the operator was told of no console.
 * "unknown": the host's link Secret hasn't come to the cache yet, and a VM made now would have no line for ever.
 */
export function lineOf(
  { deps: { serialAddress }, secrets }: Scope,
  { metadata: { namespace }, spec }: ContainerVM,
): ContainerLine | "unknown" | undefined {
  if (serialAddress === undefined) return undefined;
  const name = linkSecretName(spec.hostRef.name);
  const linkKey = linkKeyOf(secrets.get(refKey({ namespace, name })));
  return linkKey ? { serialAddress, linkKey } : "unknown";
}
