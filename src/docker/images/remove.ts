import type { ContainerImage } from "../../api/containerimage.gen.ts";
import { idOfContainer } from "../../api/identity.ts";
import { isRunning } from "../streams/container-target.ts";
import type { Handler } from "../route.ts";
import type { Tenant } from "../tenant.ts";
import { type DockerImage, demandImage, usersOf } from "./docker-image.ts";
import { imageEvent } from "./image-event.ts";
import { removeImage } from "./pull/request-image.ts";
import { planRemoval, type RemovalPlan } from "./removal-plan.ts";
import { markSuperseded } from "./supersede.ts";

const SETTLE_MS = 5_000;

/** `DELETE /images/{name}`. */
export const deleteImage: Handler = async (request, response, tenant) => {
  const text = request.params["name"] ?? "";
  const image = demandImage(tenant, text);
  const users = usersOf(tenant, image).map((container) => ({
    id: idOfContainer(container),
    running: isRunning(container),
  }));
  const plan = planRemoval(image, text, request.query.flag("force"), users);
  await carryOut(tenant, image, plan);
  response.json(200, plan.told);
};

/** Does what was decided, tells of it, and returns when this gateway's lists show it. */
export async function carryOut(
  tenant: Tenant,
  image: DockerImage,
  { remove, untag, told }: RemovalPlan,
): Promise<void> {
  await Promise.all([
    ...remove.map((resource) => removeImage(tenant, resource)),
    ...untag.map((resource) => markSuperseded(tenant, resource)),
  ]);
  await seen(tenant, remove, untag);
  const labels = image.resources[0]?.status?.config?.labels;
  for (const each of told) {
    const action = "Untagged" in each ? "untag" : "delete";
    tenant.events.publish(imageEvent(action, image.id, image.id, labels));
  }
}

/** The cache shows it within milliseconds; where it doesn't, the next list is late, nothing more. */
async function seen(
  tenant: Tenant,
  removed: readonly ContainerImage[],
  untagged: readonly ContainerImage[],
): Promise<void> {
  const deadline = Date.now() + SETTLE_MS;
  const isOld = (): boolean => {
    const now = new Map(tenant.images.all().map((each) => [each.metadata.uid, each]));
    return (
      removed.some(({ metadata }) => now.has(metadata.uid)) ||
      untagged.some(
        ({ metadata }) =>
          now.get(metadata.uid)?.metadata.resourceVersion === metadata.resourceVersion,
      )
    );
  };
  while (isOld() && Date.now() < deadline) await changed(tenant, deadline - Date.now());
}

/** Resolves with the next change of any image, or after so many milliseconds. */
function changed({ imageInformer }: Tenant, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    let armed = false;
    const settle = (): void => {
      if (!armed) return; // What is there already is delivered first.
      clearTimeout(timer);
      stop();
      resolve();
    };
    const stop = imageInformer.addHandler({ add: settle, update: settle, delete: settle });
    const timer = setTimeout(() => settle(), timeoutMs);
    armed = true;
  });
}
