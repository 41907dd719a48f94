import { CONDITIONS, REASONS } from "../../../api/conditions.ts";
import type { ContainerImage } from "../../../api/containerimage.gen.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { KINDS } from "../../../api/kinds.ts";
import { LABELS } from "../../../api/metadata.ts";
import { isAlreadyExists } from "../../../kube/errors.ts";
import { hostKeyOf } from "../../hosts/host-key.ts";
import type { Problem } from "../../reporting/problem.ts";
import { chooseImage, imageProblem, isReady } from "../decisions/image-of.ts";
import { BY_HOST, type Context, type Scope } from "../scope/scope.ts";
import { tellProblem } from "../status/problem.ts";

/** The container's image, once it is Ready; made where the host has none. */
export async function ensureImage(
  scope: Scope,
  container: ContainerVM,
  context: Context,
): Promise<ContainerImage | undefined> {
  const choice = chooseImage(container, scope.images.byIndex(BY_HOST, hostKeyOf(container)));
  if ("problem" in choice) {
    await tellProblem(container, context, choice.problem, "stuck");
    return undefined;
  }
  if ("found" in choice && isReady(choice.found)) return choice.found;
  const problem =
    "found" in choice
      ? imageProblem(choice.found)
      : "going" in choice
        ? goingImage(choice.going)
        : newImage(choice.create);
  if ("create" in choice) await createImage(container, choice.create, context);
  await tellProblem(container, context, problem, "working", {
    more: [{ type: CONDITIONS.ImageReady, status: "False", ...problem }],
  });
  return undefined;
}

const newImage = (name: string): Problem => ({
  reason: REASONS.ImageNotReady,
  message: `ContainerImage "${name}" was made; it isn't ready yet.`,
});

const goingImage = (name: string): Problem => ({
  reason: REASONS.ImageNotReady,
  message: `ContainerImage "${name}" is being deleted; another one is made once it is gone.`,
});

/** Makes a container's image; one of that name is fine. */
export async function createImage(
  { metadata: { namespace }, spec: { hostRef, image } }: ContainerVM,
  name: string,
  { client }: Context,
): Promise<void> {
  const { apiVersion, kind } = KINDS.ContainerImage;
  const metadata = { name, namespace, labels: { [LABELS.host]: hostRef.name } };
  try {
    await client.create(KINDS.ContainerImage, {
      apiVersion,
      kind,
      metadata,
      spec: { hostRef, image },
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}
