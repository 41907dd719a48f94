import { CONDITIONS, REASONS } from "../../../api/conditions.ts";
import type { ContainerImage } from "../../../api/containerimage.gen.ts";
import type { ContainerVM, ContainerVMStatusNetwork } from "../../../api/containervm.gen.ts";
import { idOfContainer } from "../../../api/identity.ts";
import { GUEST_CONFIG_KEY } from "../../../api/markers.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import { keyOf } from "../../../kube/object.ts";
import { awaitChange, type Outcome, park, requeueAfter } from "../../../reconcile/outcome.ts";
import { hostTopic, type LiveHost } from "../../hosts/host-registry.ts";
import type { Problem } from "../../reporting/problem.ts";
import { report } from "../../reporting/report.ts";
import type { VmConfigSpec } from "../../virtual-machines/vm-spec.ts";
import { networksOf } from "../claims/addresses.ts";
import { refusedToExist } from "../claims/quota.ts";
import { type Context, nameOf, type Scope } from "../scope/scope.ts";
import { containerSpec } from "../specification/container-spec.ts";
import { processArgs, tooLarge } from "../specification/guest-config.ts";
import { lineOf } from "../specification/line.ts";
import { imageEvent } from "../status/image-event.ts";
import { hostNotReady, tellProblem } from "../status/problem.ts";
import { knownStatus } from "../status/status-of.ts";
import { startMaking } from "./making.ts";
import { ensureImage } from "./obtaining-image.ts";

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
  const { place } = equipment;
  startMaking(scope, container, { host, live, place, config, imageKey: keyOf(image) });
  return awaitChange();
}

function optionOf({ extraConfig }: VmConfigSpec, wanted: string): string {
  const value = extraConfig?.find(({ key }) => key === wanted)?.value;
  return typeof value === "string" ? value : "";
}

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
