import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerVM, ContainerVMSpecRequest } from "../../../api/containervm.gen.ts";
import { shownName } from "../../../api/docker-name.ts";
import { KINDS } from "../../../api/kinds.ts";
import { FIELD_MANAGERS, LABELS } from "../../../api/metadata.ts";
import type { JsonPatchOperation, Patch } from "../../../kube/client.ts";
import { isInvalid, isNotFound } from "../../../kube/errors.ts";
import { DockerError, noSuchContainer } from "../../errors.ts";
import type { Tenant } from "../../tenant.ts";

/** A wish without its number. */
export type Wish = Omit<ContainerVMSpecRequest, "seq">;

/** How often a wish is written that another one came before. */
const tries = 50;

/**
 * Writes a wish into `spec.request`, under the number after the last one: the newest wish wins, and none is lost between two gateways. The lock is
 * the last wish alone, so that the operator's writes, which are many while a container starts, don't get in the way.
 *
 * @returns the container as stored
 * @throws DockerError 409 where the host leaves power to manifests
 */
export async function requestOf(
  tenant: Tenant,
  container: ContainerVM,
  wish: Wish,
): Promise<ContainerVM> {
  if (isManifests(tenant, container)) {
    throw new DockerError(
      409,
      `container ${shownName(container)} is declared in Kubernetes, and its VirtualContainerHost leaves its power state to that (spec.docker.powerState: Respect): change spec.powerState of ContainerVM ${container.metadata.name} there`,
    );
  }
  const { namespace, name } = container.metadata;
  let last = (tenant.containerInformer.store.get(`${namespace}/${name}`) ?? container).spec.request;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await patch(tenant, container, { type: "json", patch: after(last, wish) });
    } catch (error) {
      // A failed test of RFC 6902 is told as if the object were invalid.
      if (!isInvalid(error) || attempt === tries) throw error;
      const now = await read(tenant, container);
      if (now.spec.request?.seq === last?.seq) throw error;
      last = now.spec.request;
    }
    // Two who collide mustn't collide again.
    await sleep(Math.random() * attempt);
  }
}

/** Puts a wish in the place of the last one, if that is still the last. */
const after = (
  last: ContainerVMSpecRequest | undefined,
  wish: Wish,
): readonly JsonPatchOperation[] => [
  { op: "test", path: "/spec/request", value: last ?? null },
  { op: "add", path: "/spec/request", value: { seq: (last?.seq ?? 0) + 1, ...wish } },
];

/** Whether a container's power is left to its manifest. */
export const isManifests = (tenant: Tenant, { metadata }: ContainerVM): boolean =>
  tenant.host().spec.docker.powerState === "Respect" &&
  metadata.labels?.[LABELS.origin] !== "docker";

/**
 * Changes fields that nobody else counts on; the last who does so wins.
 *
 * @param patch RFC 7386
 */
export const change = (
  tenant: Tenant,
  container: ContainerVM,
  fields: { readonly metadata?: object; readonly spec?: object },
): Promise<ContainerVM> => patch(tenant, container, { type: "merge", patch: fields });

/** One who has the name by now is another container. */
async function patch(
  tenant: Tenant,
  container: ContainerVM,
  { type, patch: body }: Patch,
): Promise<ContainerVM> {
  const { uid, namespace, name } = container.metadata;
  // The API server refuses a uid that isn't the object's.
  const guarded: Patch =
    type === "json"
      ? { type, patch: [{ op: "test", path: "/metadata/uid", value: uid }, ...body] }
      : { type, patch: withUid(body, uid) };
  try {
    return await tenant.client.patch(KINDS.ContainerVM, { namespace, name }, guarded, {
      fieldManager: FIELD_MANAGERS.gateway,
    });
  } catch (error) {
    if (isNotFound(error)) throw noSuchContainer(shownName(container));
    throw error;
  }
}

const withUid = (fields: { readonly metadata?: object }, uid: string): object => ({
  ...fields,
  metadata: { ...fields.metadata, uid },
});

async function read(tenant: Tenant, container: ContainerVM): Promise<ContainerVM> {
  const { uid, namespace, name } = container.metadata;
  try {
    const now = await tenant.client.get(KINDS.ContainerVM, { namespace, name });
    if (now.metadata.uid === uid) return now;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  throw noSuchContainer(shownName(container));
}
