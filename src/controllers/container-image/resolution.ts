import { CONDITIONS, REASONS } from "../../api/conditions.ts";
import type { ContainerImage } from "../../api/containerimage.gen.ts";
import { imageDiskPaths } from "../../api/naming.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import { keyOf, refKey } from "../../kube/object.ts";
import {
  type ChainDisk,
  formatReference,
  ImageError,
  type ImageErrorCode,
  parseReference,
  planChain,
  readRegistrySettings,
  type ResolvedImage,
  resolveImage,
} from "../../oci/index.ts";
import { type Outcome, requeueAfter } from "../../reconcile/outcome.ts";
import type { LiveHost } from "../hosts/host-registry.ts";
import { count, formatBytes } from "../reporting/amounts.ts";
import type { Problem } from "../reporting/problem.ts";
import { pendingDisks, retryResolveMs } from "./plan.ts";
import { progressing } from "./worker-wait.ts";
import { type Context, countFailure, failed, type Known, type Scope, tell } from "./scope.ts";

/** Asks the registry what an image is. Returns its status, or what happens next where it can't be had. */
export async function resolve(
  scope: Scope,
  image: ContainerImage,
  host: VirtualContainerHost,
  live: LiveHost,
  context: Context,
): Promise<{ readonly status: Known } | { readonly outcome: Outcome }> {
  const own = image.spec.pullSecretRef?.name;
  if (own !== undefined && !secretData(scope, image, own) && isYoung(image)) {
    const problem = progressing(`Waits for Secret "${own}"`);
    await tell(image, context, {}, [failed(CONDITIONS.Ready, problem)], "working");
    return { outcome: requeueAfter(OWN_SECRET_MS) };
  }
  const asked = question(scope, image, host);
  const refused = scope.refusals.get(keyOf(image));
  const waitMs = refused?.question === asked ? refused.until - Date.now() : 0;
  if (waitMs > 0) return { outcome: requeueAfter(waitMs) };
  try {
    const { name, found, chain } = await ask(scope, image, host, context);
    scope.failures.delete(keyOf(image));
    scope.refusals.delete(keyOf(image));
    const note = `${name} is ${found.digest}: ${count(found.layers.length, "layer")} of ${formatBytes(found.size)}, ${count(chain.length, "disk")}`;
    context.event(image, { type: "Normal", reason: REASONS.Resolved, action: "Resolve", note });
    const disks = pendingDisks(chain, (id) => imageDiskPaths(live.store, live.id, id).disk);
    return { status: { ...statusOf(name, found), disks } };
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return { outcome: await refuse(scope, image, context, asked, error) };
  }
}

/** What an image is called, what its registry says of it, and which disks it becomes. @throws ImageError */
async function ask(
  scope: Scope,
  image: ContainerImage,
  host: VirtualContainerHost,
  context: Context,
): Promise<{
  readonly name: string;
  readonly found: ResolvedImage;
  readonly chain: readonly ChainDisk[];
}> {
  const name = formatReference(parseReference(image.spec.image));
  const own = image.spec.pullSecretRef?.name;
  const data = own === undefined ? undefined : secretData(scope, image, own);
  if (own !== undefined && !data)
    throw new ImageError("RegistrySecretInvalid", `Secret ${own} of the image doesn't exist`);
  const settings = await readRegistrySettings(
    host.spec.registries,
    async (secret) => secretData(scope, image, secret),
    own === undefined || !data ? undefined : { name: own, data },
  );
  const fetched = parseReference(image.spec.from ?? image.spec.image);
  const found = await resolveImage(fetched, settings, context.signal);
  const chain = planChain(found.layers);
  if (chain.length === 0) throw new ImageError("UnsupportedImage", `image ${name} has no files`);
  return { name, found, chain };
}

/** What the status says of an image that its registry knows, but for its disks. Pure. */
function statusOf(reference: string, { digest, imageId, size, config }: ResolvedImage): Known {
  const { entrypoint, cmd, env, labels, exposedPorts, volumes, created, ...rest } = config;
  return {
    reference,
    digest,
    imageId,
    sizeBytes: size,
    config: {
      ...rest,
      entrypoint: [...entrypoint],
      cmd: [...cmd],
      env: [...env],
      labels: { ...labels },
      exposedPorts: exposedPorts.slice(0, MAX_LISTED),
      volumes: volumes.slice(0, MAX_LISTED),
      ...(created === undefined ? {} : { created }),
    },
  };
}

/** Tells why an image can't be had, and holds the answer for a while against the same question. */
async function refuse(
  scope: Scope,
  image: ContainerImage,
  context: Context,
  asked: string,
  error: ImageError,
): Promise<Outcome> {
  const problem: Problem = { reason: error.code, message: `${error.message}.` };
  const needsUser = NEEDS_USER.has(error.code);
  const conditions = [failed(CONDITIONS.Ready, problem), failed(CONDITIONS.Resolved, problem)];
  await tell(image, context, {}, conditions, needsUser ? "stuck" : "working");
  const retryMs = needsUser ? RETRY_HOPELESS_MS : retryResolveMs(countFailure(scope, keyOf(image)));
  scope.refusals.set(keyOf(image), { question: asked, until: Date.now() + retryMs });
  return requeueAfter(retryMs);
}

/** Who makes an image with a Secret of its own needs the image's UID for the Secret, so that it comes later; milliseconds. */
const OWN_SECRET_MS = 10_000;

const isYoung = ({ metadata: { creationTimestamp } }: ContainerImage): boolean =>
  Date.now() - Date.parse(creationTimestamp) < OWN_SECRET_MS;

const NEEDS_USER: ReadonlySet<ImageErrorCode> = new Set([
  "InvalidReference",
  "UnsupportedImage",
  "RegistryNotAllowed",
]);

/** As many as the API takes (crds/). */
const MAX_LISTED = 256;

/** Somebody may push another image under the same tag; nobody will tell. */
const RETRY_HOPELESS_MS = 10 * 60_000;

/** All that the answer depends on, but for the registry: while it is the same, an answer stands until its time. */
function question(
  { secrets }: Scope,
  { spec, metadata }: ContainerImage,
  { spec: { registries } }: VirtualContainerHost,
): string {
  const versions = [
    registries?.caSecretRef?.name,
    registries?.pullSecretRef?.name,
    spec.pullSecretRef?.name,
  ].map(
    (name) =>
      name &&
      secrets.get(refKey({ namespace: metadata.namespace, name }))?.metadata?.resourceVersion,
  );
  return JSON.stringify([spec.image, spec.from, registries, versions]);
}

function secretData(
  { secrets }: Scope,
  { metadata: { namespace } }: ContainerImage,
  name: string,
): Record<string, string> | undefined {
  const data = secrets.get(refKey({ namespace, name }))?.data;
  const decode = (value: string): string => Buffer.from(value, "base64").toString("utf8");
  return (
    data && Object.fromEntries(Object.entries(data).map(([key, value]) => [key, decode(value)]))
  );
}
