import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerVM, ContainerVMSpecRequest } from "../../api/containervm.gen.ts";
import { KINDS } from "../../api/kinds.ts";
import { FIELD_MANAGERS, LABELS } from "../../api/metadata.ts";
import { isConflict, isNotFound } from "../../kube/errors.ts";
import { isAtLeast } from "../../kube/resource-version.ts";
import { DockerError, noSuchContainer } from "../errors.ts";
import type { Tenant } from "../tenant.ts";
import { shownName } from "./cache.ts";

/** A wish without its number. */
export type Wish = Omit<ContainerVMSpecRequest, "seq">;

/** How often a write is tried that others' writes came before: the operator writes often while a container starts. */
const tries = 20;

/**
 * Writes a wish into `spec.request`, under the number after the last one: the newest wish wins, and none is lost between two gateways.
 *
 * @returns the container as stored
 * @throws DockerError 409 where the host leaves power to manifests
 */
export function requestOf(
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
  return change(tenant, container, ({ spec }) => ({
    spec: {
      request: {
        seq: (spec.request?.seq ?? 0) + 1,
        action: wish.action,
        // null takes away what the former wish had.
        signal: wish.signal ?? null,
        timeoutSeconds: wish.timeoutSeconds ?? null,
      },
    },
  }));
}

const isManifests = (tenant: Tenant, { metadata }: ContainerVM): boolean =>
  tenant.host().spec.docker.powerState === "Respect" &&
  metadata.labels?.[LABELS.origin] !== "docker";

/**
 * Patches a container with an optimistic lock, again and again while others write in between.
 *
 * @param patch what to change of the container as it is (RFC 7386)
 */
export async function change(
  { client, containerInformer }: Tenant,
  container: ContainerVM,
  patch: (now: ContainerVM) => { readonly metadata?: object; readonly spec?: object },
): Promise<ContainerVM> {
  const { uid, name, namespace } = container.metadata;
  const ref = { namespace, name };
  const cached = containerInformer.store.get(`${namespace}/${name}`);
  let now = cached !== undefined && isNewer(cached, container) ? cached : container;
  for (let attempt = 1; ; attempt += 1) {
    if (now.metadata.uid !== uid) throw noSuchContainer(shownName(container));
    const { metadata, ...rest } = patch(now);
    const { resourceVersion } = now.metadata;
    const merged = { ...rest, metadata: { ...metadata, resourceVersion } };
    try {
      return await client.patch(
        KINDS.ContainerVM,
        ref,
        { type: "merge", patch: merged },
        { fieldManager: FIELD_MANAGERS.gateway },
      );
    } catch (error) {
      if (isNotFound(error)) throw noSuchContainer(shownName(container));
      if (!isConflict(error) || attempt === tries) throw error;
    }
    // Two who collide mustn't collide again.
    await sleep(Math.random() * 5 * attempt);
    try {
      now = await client.get(KINDS.ContainerVM, ref);
    } catch (error) {
      if (isNotFound(error)) throw noSuchContainer(shownName(container));
      throw error;
    }
  }
}

const isNewer = (a: ContainerVM, b: ContainerVM): boolean =>
  a.metadata.uid === b.metadata.uid &&
  isAtLeast(a.metadata.resourceVersion, b.metadata.resourceVersion);
