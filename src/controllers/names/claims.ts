import type { ContainerName } from "../../api/containername.gen.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { dockerNameOf } from "../../api/docker-name.ts";
import { containerNameObjectName } from "../../api/identity.ts";
import { ANNOTATIONS } from "../../api/metadata.ts";
import { type ObjectKey, refKey } from "../../kube/object.ts";

// Who has which name (docs/decisions/0012-names-as-claims.md).

/** Index of containers and claims by the word in {@link ContainerName}'s `spec.holder`. */
export const BY_HOLDER = "holder";

const holderKey = (namespace: string, word: string): string => `${namespace}/${word}`;

/** The words by which a container holds claims: its UID, and what Docker wrote before it knew that. */
const wordsOf = ({ metadata }: ContainerVM): string[] => {
  const word = metadata.annotations?.[ANNOTATIONS.nameHolder];
  return word ? [metadata.uid, word] : [metadata.uid];
};

/** Keys in {@link BY_HOLDER} of the claims that a container may hold. */
export const holderKeysOf = (container: ContainerVM): string[] =>
  wordsOf(container).map((word) => holderKey(container.metadata.namespace, word));

/** The key in {@link BY_HOLDER} of a claim. */
export const holderKeyOf = ({ metadata, spec }: ContainerName): string =>
  holderKey(metadata.namespace, spec.holder);

/** The claim that a container needs for its name. */
export const claimKeyOf = (container: ContainerVM): ObjectKey =>
  refKey({
    namespace: container.metadata.namespace,
    name: containerNameObjectName(container.spec.hostRef.name, dockerNameOf(container)),
  });

/** Whether a claim names this container as its holder, whatever it is called now. */
export const isClaimOf = (claim: ContainerName, container: ContainerVM): boolean =>
  claim.metadata.namespace === container.metadata.namespace &&
  claim.spec.hostRef.name === container.spec.hostRef.name &&
  wordsOf(container).includes(claim.spec.holder);

/**
 * The container that has a name by a claim; undefined where the claim's holder is gone, not there yet, or called otherwise by now. Of several with one
 * holder's word, as copies of a manifest have it, the oldest. Pure.
 */
export function holderOf(
  claim: ContainerName,
  containers: readonly ContainerVM[],
): ContainerVM | undefined {
  return containers
    .filter((each) => isClaimOf(claim, each) && dockerNameOf(each) === claim.spec.name)
    .toSorted(
      ({ metadata: a }, { metadata: b }) =>
        a.creationTimestamp.localeCompare(b.creationTimestamp) || a.uid.localeCompare(b.uid),
    )[0];
}
