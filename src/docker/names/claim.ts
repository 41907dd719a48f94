import { randomBytes } from "node:crypto";
import type { ContainerName } from "../../api/containername.gen.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { lostItsName } from "../../api/docker-name.ts";
import { containerNameObjectName, idOfContainer } from "../../api/identity.ts";
import { KINDS } from "../../api/kinds.ts";
import { ANNOTATIONS, FIELD_MANAGERS, LABELS } from "../../api/metadata.ts";
import { isAlreadyExists, isConflict, isNotFound } from "../../kube/errors.ts";
import { lookUpLive } from "../containers/lookup/live.ts";
import { DockerError } from "../errors.ts";
import type { Tenant } from "../tenant.ts";
import { validName } from "./valid-name.ts";

/** A name of at most so many characters, as the resource demands. */
const maximumLength = 255;

/** @throws DockerError 400 in dockerd's words */
export function checkName(name: string, shown = name): void {
  if (validName.test(name) && name.length <= maximumLength) return;
  throw new DockerError(
    400,
    `Invalid container name (${shown.slice(0, 300)}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
  );
}

/** A word that nobody else has, by which a claim knows its container before that exists. */
export const newHolder = (): string => randomBytes(16).toString("hex");

/**
 * Claims a name for whoever has the annotation `holder`. Of all who claim at once, on whichever gateway, exactly one wins. A claim whose container
 * never comes is swept by the operator.
 *
 * @returns the claim, to be dropped where it turns out that no container is made
 * @throws DockerError 409 in dockerd's words
 */
export async function claimName(
  tenant: Tenant,
  name: string,
  holder: string,
): Promise<ContainerName> {
  const { client, namespace, name: host } = tenant;
  try {
    return await client.create(
      KINDS.ContainerName,
      {
        metadata: {
          namespace,
          name: containerNameObjectName(host, name),
          labels: { [LABELS.host]: host },
        },
        spec: { hostRef: { name: host }, name, holder },
      },
      { fieldManager: FIELD_MANAGERS.gateway },
    );
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    throw await nameConflict(tenant, name);
  }
}

async function nameConflict(tenant: Tenant, name: string): Promise<DockerError> {
  const owner = tenant.containers.byName(name) ?? (await lookUpLive(tenant, name));
  const who =
    owner === undefined ? "that is being created or removed just now" : `"${idOfContainer(owner)}"`;
  return new DockerError(
    409,
    `Conflict. The container name "/${name}" is already in use by container ${who}. You have to remove (or rename) that container to be able to reuse that name.`,
  );
}

/** Gives back the claim to a name that this container has (or had): nobody else's. */
export async function releaseName(
  { client, namespace, name: host }: Tenant,
  container: ContainerVM,
  name: string,
): Promise<void> {
  if (lostItsName(container)) return;
  const { uid, annotations } = container.metadata;
  const ref = { namespace, name: containerNameObjectName(host, name) };
  try {
    const claim = await client.get(KINDS.ContainerName, ref);
    const { holder } = claim.spec;
    if (holder !== uid && holder !== annotations?.[ANNOTATIONS.nameHolder]) return;
    await client.delete(KINDS.ContainerName, ref, { uid: claim.metadata.uid });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

/** Gives back a claim whose container could not be made: this one, not what somebody else may have claimed since. */
export async function dropClaim(
  { client, log }: Pick<Tenant, "client" | "log">,
  { metadata: { namespace, name, uid }, spec }: ContainerName,
): Promise<void> {
  try {
    await client.delete(KINDS.ContainerName, { namespace, name }, { uid });
  } catch (error) {
    // The operator sweeps it.
    log.debug({ err: error, name: spec.name }, "cannot give a name back");
  }
}
