import { CONDITIONS, REASONS } from "../../../api/conditions.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { dockerNameOf } from "../../../api/docker-name.ts";
import { KINDS } from "../../../api/kinds.ts";
import { isAlreadyExists, isConflict, isNotFound } from "../../../kube/errors.ts";
import { parseKey } from "../../../kube/object.ts";
import type { ConditionInput } from "../../../reconcile/conditions.ts";
import {
  BY_HOLDER,
  claimKeyOf,
  holderKeyOf,
  holderKeysOf,
  holderOf,
  isClaimOf,
} from "../../names/claims.ts";
import type { Context, Scope } from "../scope/scope.ts";

/**
 * Makes sure of a container's name: claims it unless that was done. Costs nothing but a look where it is held.
 *
 * @returns whether Docker tools know the container by it
 */
export async function ensureName(
  scope: Scope,
  container: ContainerVM,
  context: Context,
): Promise<ConditionInput> {
  const claim = scope.names.get(claimKeyOf(container));
  if (claim) {
    const rivals = scope.containers.byIndex(BY_HOLDER, holderKeyOf(claim));
    return told(container, holderOf(claim, rivals)?.metadata.uid === container.metadata.uid);
  }
  // Where Docker's claim just isn't in the cache yet, this finds it.
  return told(container, await claimName(container, context));
}

/** Claims a name. Returns whether it is the container's now: somebody else may have been faster. */
async function claimName(container: ContainerVM, { client }: Context): Promise<boolean> {
  const { apiVersion, kind } = KINDS.ContainerName;
  const ref = parseKey(claimKeyOf(container));
  const { uid, name } = container.metadata;
  const owner = { apiVersion, kind: KINDS.ContainerVM.kind, name, uid };
  const { hostRef } = container.spec;
  try {
    await client.create(KINDS.ContainerName, {
      apiVersion,
      kind,
      metadata: { ...ref, ownerReferences: [owner] },
      spec: { hostRef, name: dockerNameOf(container), holder: uid },
    });
    return true;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  try {
    return isClaimOf(await client.get(KINDS.ContainerName, ref), container);
  } catch (error) {
    // Given back just now: the news of that wakes this container, which then tries again.
    if (!isNotFound(error)) throw error;
    return false;
  }
}

/** Gives up all names of a container that goes, so that they are free at once; not those that a copy of it has then. */
export async function releaseNames(
  { names, containers }: Scope,
  container: ContainerVM,
  { client }: Context,
): Promise<void> {
  const claims = holderKeysOf(container)
    .flatMap((key) => names.byIndex(BY_HOLDER, key))
    .filter((claim) => {
      const others = containers
        .byIndex(BY_HOLDER, holderKeyOf(claim))
        .filter(({ metadata }) => metadata.uid !== container.metadata.uid);
      return isClaimOf(claim, container) && !holderOf(claim, others);
    });
  for (const { metadata } of claims) {
    const { name, namespace, uid } = metadata;
    try {
      await client.delete(KINDS.ContainerName, { name, namespace }, { uid });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }
}

const told = (container: ContainerVM, isHeld: boolean): ConditionInput => {
  const type = CONDITIONS.NameHeld;
  const name = dockerNameOf(container);
  return isHeld
    ? { type, status: "True", reason: REASONS.Held, message: `Docker tools know it as "${name}"` }
    : {
        type,
        status: "False",
        reason: REASONS.NameConflict,
        message: `The name "${name}" is another container's: Docker tools know this one by its id alone. Give it another spec.name, or the other one.`,
      };
};
