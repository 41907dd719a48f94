import type { ContainerName } from "../../api/containername.gen.ts";
import type { ContainerImage } from "../../api/containerimage.gen.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { idOfContainer } from "../../api/identity.ts";
import { KINDS } from "../../api/kinds.ts";
import {
  ANNOTATIONS,
  FIELD_MANAGERS,
  FINALIZER,
  LABELS,
  OUTPUT_FINALIZER,
} from "../../api/metadata.ts";
import { ApiError, isAlreadyExists } from "../../kube/errors.ts";
import { parseReference } from "../../oci/index.ts";
import { DockerError, invalidParameter, noSuchImage } from "../errors.ts";
import { checkName, claimName, dropClaim, newHolder } from "../names/claim.ts";
import { objectNames } from "../names/object-name.ts";
import { randomName } from "../names/random-name.ts";
import type { Handler } from "../route.ts";
import type { Tenant } from "../tenant.ts";
import { FieldReader, type Json } from "../translation/create-body.ts";
import { fromDocker } from "../translation/from-docker.ts";
import { notedNow } from "../translation/times.ts";
import { settled } from "./waiting/waits.ts";
import { checkRoomToCreate } from "./wishes/quota.ts";

/**
 * `POST /containers/create`: claims the name, stores the resource, and answers; the VM follows. A gateway that is killed in between leaves a claim
 * without container, which the operator sweeps.
 */
export const create: Handler = async (request, response, tenant) => {
  const body = await request.json<Json>();
  const given = request.query.text("name").replace(/^\//, "");
  if (request.query.has("name") && given !== "") checkName(given);
  checkPlatform(request.query.text("platform"));
  if (Object.keys(body).length === 0) {
    throw invalidParameter("config cannot be empty in order to create a container");
  }
  const reference = new FieldReader(body, ".").text("Image");
  const image = findImage(tenant, reference);
  const { spec, warnings } = fromDocker(body, image.status?.config ?? {});
  const draft: Draft = {
    // As it was written, where that is a reference and not the beginning of an id.
    spec: {
      ...spec,
      image: tenant.images.byReference(reference) ? reference : tenant.images.exactName(image),
    },
    attached: isAttached(body),
  };
  checkRoomToCreate(tenant);
  const container = await store(tenant, given, draft);
  await settled(tenant.containerInformer, container, request.signal);
  response.json(201, { Id: idOfContainer(container), Warnings: warnings });
};

interface Draft {
  readonly spec: ReturnType<typeof fromDocker>["spec"] & { readonly image: string };
  /** Whether the client will read its output. */
  readonly attached: boolean;
}

function checkPlatform(platform: string): void {
  const [os = "", architecture = "amd64"] = platform.split("/");
  if (platform === "" || (os === "linux" && ["amd64", "x86_64"].includes(architecture))) return;
  // Not 404, which a client would take for a missing image.
  throw invalidParameter(`platform ${platform.slice(0, 64)}: containers here are linux/amd64`);
}

/** @throws DockerError 404, upon which clients pull */
function findImage(tenant: Tenant, text: string): ContainerImage {
  if (text === "") throw invalidParameter("no command specified");
  const found = tenant.images.resolve(text);
  if (found !== undefined) return found;
  if (/^(sha256:)?[0-9a-f]{64}$/.test(text)) throw noSuchImage(text);
  try {
    const { tag, digest } = parseReference(text);
    const suffix = tag === "latest" && digest === undefined && !text.endsWith(":latest");
    throw noSuchImage(suffix ? `${text}:latest` : text);
  } catch (error) {
    if (error instanceof DockerError) throw error;
    throw new DockerError(400, "invalid reference format", error);
  }
}

const isAttached = (body: Json): boolean =>
  body["AttachStdout"] === true || body["AttachStderr"] === true;

/** How often another random name is tried: each try that fails met another container's. */
const randomTries = 5;

/** Claim and resource: two writes in sequence. */
async function store(tenant: Tenant, given: string, draft: Draft): Promise<ContainerVM> {
  const holder = newHolder();
  for (let attempt = 1; ; attempt += 1) {
    const isTaken = (each: string): boolean => tenant.containers.byName(each) !== undefined;
    const name = given === "" ? randomName(isTaken) : given;
    let claim: ContainerName;
    try {
      claim = await claimName(tenant, name, holder);
    } catch (error) {
      const again = given === "" && error instanceof DockerError && error.status === 409;
      if (!again || attempt === randomTries) throw error;
      continue;
    }
    try {
      return await createResource(tenant, name, holder, draft);
    } catch (error) {
      // Where nobody knows whether it was stored, the claim stays, for the operator to decide.
      if (error instanceof ApiError && error.code < 500) await dropClaim(tenant, claim);
      throw error;
    }
  }
}

async function createResource(
  tenant: Tenant,
  name: string,
  holder: string,
  { spec, attached }: Draft,
): Promise<ContainerVM> {
  const { client, namespace, name: host, containerInformer } = tenant;
  const [best, unique] = objectNames(name, holder);
  const make = (objectName: string): Promise<ContainerVM> =>
    client.create(
      KINDS.ContainerVM,
      {
        metadata: {
          namespace,
          name: objectName,
          labels: { [LABELS.host]: host, [LABELS.origin]: "docker" },
          annotations: {
            [ANNOTATIONS.nameHolder]: holder,
            [ANNOTATIONS.createdAt]: notedNow(),
          },
          // The operator's own finalizer from the start: it gives the name back, also of one that is removed before it has been looked at.
          finalizers: spec.autoRemove && attached ? [FINALIZER, OUTPUT_FINALIZER] : [FINALIZER],
        },
        spec: { ...spec, hostRef: { name: host }, name, powerState: "Off" },
      },
      { fieldManager: FIELD_MANAGERS.gateway },
    );
  if (containerInformer.store.get(`${namespace}/${best}`) !== undefined) return make(unique);
  try {
    return await make(best);
  } catch (error) {
    if (!isAlreadyExists(error) || best === unique) throw error;
    return make(unique);
  }
}
