import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import { keyOf } from "../../../kube/object.ts";

/** The older first: what two want, it has. Of two of one second, that whose key comes first. */
export function byAge(a: VirtualContainerHost, b: VirtualContainerHost): number {
  const [ageA, ageB] = [a, b].map(({ metadata }) => Date.parse(metadata.creationTimestamp));
  if (ageA !== ageB) return (ageA ?? 0) - (ageB ?? 0);
  const [keyA, keyB] = [keyOf(a), keyOf(b)];
  return keyA < keyB ? -1 : keyA > keyB ? 1 : 0;
}
