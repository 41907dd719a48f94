import { CONDITIONS, REASONS } from "../../../api/conditions.ts";
import type { ContainerImage } from "../../../api/containerimage.gen.ts";
import type { ContainerVM, ContainerVMStatusNetwork } from "../../../api/containervm.gen.ts";
import { instanceUuid, idOfContainer } from "../../../api/identity.ts";
import { KINDS } from "../../../api/kinds.ts";
import { GUEST_CONFIG_KEY } from "../../../api/markers.ts";
import { LABELS } from "../../../api/metadata.ts";
import { vmPaths } from "../../../api/naming.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import { isAlreadyExists } from "../../../kube/errors.ts";
import { keyOf } from "../../../kube/object.ts";
import { awaitChange, type Outcome, park, requeueAfter } from "../../../reconcile/outcome.ts";
import { RetryError } from "../../../reconcile/errors.ts";
import { isFault } from "../../../vsphere/index.ts";
import { hostKeyOf } from "../../hosts/host-key.ts";
import { hostTopic, type LiveHost, vmOfHost } from "../../hosts/host-registry.ts";
import { deletePath } from "../../directories/delete-path.ts";
import type { Problem } from "../../reporting/problem.ts";
import { report } from "../../reporting/report.ts";
import type { VmConfigSpec } from "../../virtual-machines/vm-spec.ts";
import { createContainer } from "./acts.ts";
import { networksOf } from "../claims/addresses.ts";
import { containerSpec } from "../specification/container-spec.ts";
import { processArgs, tooLarge } from "../specification/guest-config.ts";
import { imageEvent } from "../status/image-event.ts";
import { chooseImage, imageProblem, isReady } from "../decisions/image-of.ts";
import { lineOf } from "../specification/line.ts";
import { pendingWish, servedBy } from "../decisions/power.ts";
import { refusedToExist, refusedToRun } from "../claims/quota.ts";
import { BY_HOST, type Context, nameOf, type Scope } from "../scope/scope.ts";
import { hostNotReady, tellProblem } from "../status/problem.ts";
import { knownStatus } from "../status/status-of.ts";

/** How long another process's create is given to show its VM, milliseconds. */
const APPEAR_MS = 2000;
/** After so many creates that found the directory taken, what is in it is a leftover. */
const MAX_CLASHES = 3;

/** Makes the VM of a container that has none, or says what it waits for. */
export async function create(
  scope: Scope,
  container: ContainerVM,
  host: VirtualContainerHost,
  live: LiveHost,
  context: Context,
): Promise<Outcome> {
  const { equipment } = live;
  if (!equipment) {
    await tellProblem(container, context, hostNotReady(container), "working");
    return park(hostTopic(live.key));
  }
  const refused = refusedToExist(scope, container, host);
  if (refused) {
    await tellProblem(container, context, refused, "stuck");
    return awaitChange();
  }
  const image = await ensureImage(scope, container, context);
  if (!image) return awaitChange();
  if (processArgs(container.spec, image.status?.config ?? {}).length === 0) {
    await tellProblem(container, context, NO_COMMAND, "stuck");
    return awaitChange();
  }
  const line = lineOf(scope, container);
  if (line === "unknown") {
    await tellProblem(container, context, hostNotReady(container), "working");
    return requeueAfter(1000);
  }
  const id = idOfContainer(container);
  const networks = await networksOf(scope, container, id, host, live);
  if ("reason" in networks) {
    await tellProblem(container, context, networks, "stuck");
    return requeueAfter(60_000);
  }
  const config = containerSpec({
    container,
    id,
    installation: scope.deps.installation,
    host: live,
    equipment,
    defaults: host.spec.containerDefaults,
    image: image.status ?? {},
    networks,
    line,
  });
  const unheard = tooLarge(optionOf(config, GUEST_CONFIG_KEY));
  if (unheard) {
    await tellProblem(container, context, unheard, "stuck");
    return awaitChange();
  }
  // The addresses stand in the status before anything has them: so no other process gives them away.
  await tellCreating(container, context, id, image, networks);
  const unpacked = imageEvent(container, image);
  if (unpacked) context.event(container, unpacked);
  const key = keyOf(container);
  scope.activities.start(key, "create", async () => {
    try {
      const served = await createContainer(live, equipment.place, config, () => {
        // A start that came while the VM was being made.
        const latest = newestOf(scope, container);
        if (latest.metadata.deletionTimestamp) return undefined;
        const wish = pendingWish(latest.spec, latest.status ?? {});
        // Made all the same: then it is told what it waits for.
        if (wish?.target === "On" && refusedToRun(scope, latest)) return undefined;
        return wish && servedBy(latest.spec, wish.target);
      });
      scope.memory.clashes.delete(key);
      scope.memory.created.set(key, Date.now());
      if (served) scope.memory.served.set(key, served);
    } catch (error) {
      if (await hasAppeared(live, id, error)) return;
      await afterFailedCreate(scope, key, id, live, keyOf(image), error);
      throw isFault(error, ...NO_PORT) ? portsExhausted(host, live, error) : error;
    }
  });
  return awaitChange();
}

function optionOf({ extraConfig }: VmConfigSpec, wanted: string): string {
  const value = extraConfig?.find(({ key }) => key === wanted)?.value;
  return typeof value === "string" ? value : "";
}

const newestOf = ({ containers }: Scope, container: ContainerVM): ContainerVM => {
  const latest = containers.get(keyOf(container));
  return latest?.metadata.uid === container.metadata.uid ? latest : container;
};

const NO_COMMAND: Problem = {
  reason: REASONS.NoCommand,
  message:
    "Neither the image nor the spec says what to run: make another ContainerVM with spec.command.",
};

async function tellCreating(
  container: ContainerVM,
  context: Context,
  id: string,
  image: ContainerImage,
  networks: readonly ContainerVMStatusNetwork[],
): Promise<void> {
  const { name } = image.metadata;
  const { digest, imageId } = image.status ?? {};
  const creating = { reason: REASONS.Creating, message: "The VM is being created" };
  await report(context, container, {
    status: {
      ...knownStatus(container),
      id,
      state: "Creating",
      imageRef: { name },
      ...(digest === undefined ? {} : { imageDigest: digest }),
      ...(imageId === undefined ? {} : { imageId }),
      networks: [...networks],
    },
    conditions: [
      { type: CONDITIONS.Ready, status: "False", ...creating },
      {
        type: CONDITIONS.ImageReady,
        status: "True",
        reason: REASONS.Available,
        message: `ContainerImage "${name}" is ready`,
      },
      { type: CONDITIONS.Created, status: "False", ...creating },
      ...nameOf(context),
    ],
    progress: "working",
    action: "Create",
  });
}

/** Whether a create failed because a killed process's create was still at work, and has succeeded meanwhile. */
async function hasAppeared(live: LiveHost, id: string, error: unknown): Promise<boolean> {
  if (!isFault(error, "DuplicateName", "AlreadyExists", "FileAlreadyExists")) return false;
  await new Promise((resolve) => setTimeout(resolve, APPEAR_MS));
  return vmOfHost(live, instanceUuid(live.id, id)) !== undefined;
}

/** A parent disk, an ISO or a vApp that is missing is repaired by whose it is; leftovers of a killed run are removed. */
async function afterFailedCreate(
  { deps, memory }: Scope,
  key: string,
  id: string,
  live: LiveHost,
  imageKey: string,
  error: unknown,
): Promise<void> {
  if (isFault(error, "FileNotFound", "InvalidDeviceSpec", "InvalidDeviceBacking"))
    deps.hosts.suspectImage(imageKey);
  if (isFault(error, "FileNotFound", "ManagedObjectNotFound", "InvalidArgument"))
    deps.hosts.suspect(live.key);
  if (isFault(error, ...NO_PORT)) deps.hosts.suspect(live.key, "ports");
  if (!isFault(error, "FileAlreadyExists", "AlreadyExists")) return;
  // Perhaps a killed process's call is still at work: only what stays there is a leftover.
  const count = (memory.clashes.get(key) ?? 0) + 1;
  memory.clashes.set(key, count);
  if (count >= MAX_CLASHES && !vmOfHost(live, instanceUuid(live.id, id)))
    await deletePath(live.server, vmPaths(live.store.datastore, id).directory);
}

/** vSphere's word for a port group without a free port isn't documented: docs/vcenter-assumptions.md, P11. */
const NO_PORT = ["ResourceNotAvailable", "LimitExceeded"] as const;

function portsExhausted(
  { spec }: VirtualContainerHost,
  { equipment }: LiveHost,
  cause: unknown,
): RetryError {
  const what = `Port group "${equipment?.bridge.name}" has no free port (vSphere: ${(cause as Error).message.replace(/\.$/, "")})`;
  const advice =
    spec.networks.bridge.switch === undefined
      ? "Give it more ports in vSphere, or let it grow by itself."
      : "It is given more.";
  return new RetryError(REASONS.PortsExhausted, `${what}. ${advice}`, cause);
}

/** The container's image, once it is Ready; made where the host has none. */
async function ensureImage(
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
