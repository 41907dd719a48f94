import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { shownName } from "../../api/docker-name.ts";
import { idOfContainer } from "../../api/identity.ts";
import { ConsoleError, type GuestStats } from "../../console/client/console-client.ts";
import { resolveContainer } from "../containers/lookup/resolve.ts";
import { invalidParameter, noSuchContainer } from "../errors.ts";
import type { DockerRequest } from "../http/request.ts";
import type { DockerResponse } from "../http/response.ts";
import type { Handler } from "../route.ts";
import { addressOf, isRunning } from "../streams/container-target.ts";
import type { Tenant } from "../tenant.ts";
import { waitFor } from "../containers/waiting/waits.ts";
import { dockerSample, emptySample } from "./sample.ts";

/** `GET /containers/{name}/stats`: a sample each second, or one, to which another a second before gives what percentages are counted from. */
export const stats: Handler = async (request, response, tenant) => {
  const stream = request.query.flag("stream", true);
  const oneShot = request.query.flag("one-shot");
  if (stream && oneShot) throw invalidParameter("cannot have stream=true and one-shot=true");
  const container = await resolveContainer(tenant, request.params["name"] ?? "");
  if (stream) await streamSamples(request, response, tenant, container);
  else response.json(200, await sampleOnce(request, tenant, container, oneShot));
};

async function sampleOnce(
  { signal }: DockerRequest,
  tenant: Tenant,
  container: ContainerVM,
  oneShot: boolean,
): Promise<object> {
  const empty = emptySample(shownName(container), idOfContainer(container));
  if (!isRunning(container)) return empty;
  let before: GuestStats | undefined;
  try {
    for await (const sample of samplesOf(tenant, container, !oneShot, signal)) {
      if (oneShot || before !== undefined)
        return dockerSample(shownName(container), idOfContainer(container), sample, before);
      before = sample;
    }
  } catch (error) {
    if (!(error instanceof ConsoleError) || error.reason !== "NotRunning") throw error;
  }
  return empty; // It ended meanwhile.
}

/** Goes on over the container's ends and starts, until it is removed. */
async function streamSamples(
  { signal }: DockerRequest,
  response: DockerResponse,
  tenant: Tenant,
  container: ContainerVM,
): Promise<void> {
  const name = shownName(container);
  const id = idOfContainer(container);
  let raw: ServerResponse | undefined;
  const send = async (sample: object): Promise<void> => {
    raw ??= response.stream(200, { "Content-Type": "application/json" });
    if (!raw.write(`${JSON.stringify(sample)}\n`)) await once(raw, "drain", { signal: signal });
  };
  try {
    for (let seen = container; ; seen = await nextRun(tenant, seen, signal)) {
      if (isRunning(seen)) {
        let before: GuestStats | undefined;
        for await (const sample of samplesOf(tenant, seen, true, signal)) {
          await send(dockerSample(name, id, sample, before));
          before = sample;
        }
      }
      await send(emptySample(name, id));
    }
  } catch (error) {
    if (raw === undefined) throw error;
  }
  raw?.end();
}

async function* samplesOf(
  tenant: Tenant,
  container: ContainerVM,
  stream: boolean,
  signal: AbortSignal,
): AsyncGenerator<GuestStats, void, undefined> {
  const samples = await tenant.console.stats(addressOf(tenant, container), stream, signal);
  for await (const sample of samples) yield sample as GuestStats;
}

/** Resolves when the container runs another time than the one that was seen. @throws where it is removed */
async function nextRun(
  tenant: Tenant,
  seen: ContainerVM,
  signal: AbortSignal,
): Promise<ContainerVM> {
  const ended = isRunning(seen) ? seen.status?.starts : undefined;
  return await waitFor(
    tenant.containerInformer,
    seen,
    ({ container, gone }) => {
      if (gone) throw noSuchContainer(idOfContainer(seen));
      return isRunning(container) && container.status?.starts !== ended ? container : undefined;
    },
    signal,
  );
}
