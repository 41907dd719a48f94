import type { ContainerImage } from "../../../api/containerimage.gen.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { CONDITIONS, REASONS } from "../../../api/conditions.ts";
import { imageObjectName } from "../../../api/identity.ts";
import { isSuperseded } from "../../../api/superseded.ts";
import { formatReference, ImageError, parseReference } from "../../../oci/index.ts";
import { findCondition, isTrue } from "../../../reconcile/conditions.ts";
import type { Problem } from "../../reporting/problem.ts";

/** What a container's image is, or has to become. */
export type ImageChoice =
  | { readonly found: ContainerImage }
  /** None of the host's images is it: make one of this name. */
  | { readonly create: string }
  /** The one of that name is on its way out: another is made when it is gone. */
  | { readonly going: string }
  | { readonly problem: Problem };

const normalized = (text: string): string | undefined => {
  try {
    return formatReference(parseReference(text));
  } catch {
    return undefined;
  }
};

/**
 * Finds the image of a container among those of its host: the one that its status names, else what its reference means, however it is written. That is the
 * newest that isn't superseded, a Ready one before one that is still being fetched. Pure.
 */
export function chooseImage(
  { spec, status }: Pick<ContainerVM, "spec" | "status">,
  ofHost: readonly ContainerImage[],
): ImageChoice {
  const usable = ofHost.filter(({ metadata }) => !metadata.deletionTimestamp);
  const named = usable.find(({ metadata }) => metadata.name === status?.imageRef?.name);
  if (named) return { found: named };
  let reference: string;
  try {
    reference = formatReference(parseReference(spec.image));
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return {
      problem: {
        reason: REASONS.InvalidReference,
        message: `${error.message}. Make another ContainerVM.`,
      },
    };
  }
  const [best] = usable
    .filter((image) => namesOf(image).includes(reference))
    .toSorted(
      (a, b) =>
        Number(isSuperseded(a)) - Number(isSuperseded(b)) ||
        Number(isReady(b)) - Number(isReady(a)) ||
        descending(a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? "") ||
        descending(a.metadata.name, b.metadata.name),
    );
  if (best) return { found: best };
  const name = imageObjectName(spec.hostRef.name, reference);
  return ofHost.some(({ metadata }) => metadata.name === name) ? { going: name } : { create: name };
}

/** Its reference, and that with the digest, by which a container may ask for exactly what a tag meant. */
function namesOf({ spec, status }: ContainerImage): string[] {
  const name = status?.reference ?? normalized(spec.image);
  const { digest } = status ?? {};
  if (name === undefined || digest === undefined) return name === undefined ? [] : [name];
  const { registry, repository } = parseReference(name);
  return [name, `${registry}/${repository}@${digest}`];
}

const descending = (a: string, b: string): number => (a < b ? 1 : a > b ? -1 : 0);

export const isReady = ({ status }: ContainerImage): boolean =>
  isTrue(status?.conditions, CONDITIONS.Ready);

/** Why an image isn't Ready, as its container tells it: with the image's own reason where it is a failure. */
export function imageProblem({ metadata, status }: ContainerImage): Problem {
  const ready = findCondition(status?.conditions, CONDITIONS.Ready);
  const why = ready?.message ? `: ${ready.message}` : ".";
  return {
    reason: REASONS.ImageNotReady,
    message: `ContainerImage "${metadata.name}" isn't ready (${ready?.reason ?? "new"})${why}`,
  };
}
