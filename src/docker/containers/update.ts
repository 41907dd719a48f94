import { DockerError } from "../errors.ts";
import type { Handler } from "../route.ts";
import { FieldReader, isNothing, type Json } from "../translation/create-body.ts";
import { restartPolicyOf } from "../translation/from-docker.ts";
import { refusal } from "../translation/options.ts";
import { settled } from "./waiting/waits.ts";
import { change } from "./wishes/request.ts";
import { resolveContainer } from "./lookup/resolve.ts";

/** `POST /containers/{name}/update`: the restart policy; CPUs and memory of a VM stay as they are. */
export const update: Handler = async (request, response, tenant) => {
  const body = await request.json<Json>();
  const container = await resolveContainer(tenant, request.params["name"]!);
  const { RestartPolicy: _, ...others } = body;
  const policy = new FieldReader(body, ".").object("RestartPolicy");
  const other = Object.entries(others).find(([, value]) => !isNothing(value));
  if (other !== undefined) {
    throw refusal(other[0], "only the restart policy of a container can be changed");
  }
  if (isNothing(policy)) return response.json(200, { Warnings: null });
  const restart = restartPolicyOf(policy);
  if (restart !== undefined && container.spec.autoRemove) {
    throw new DockerError(
      409,
      "Restart policy cannot be updated because AutoRemove is enabled for the container",
    );
  }
  // null first takes away what the former policy had.
  const changed = await change(tenant, container, {
    spec: { restart: restart === undefined ? null : { maxRetries: null, ...restart } },
  });
  await settled(tenant.containerInformer, changed, request.signal);
  response.json(200, { Warnings: null });
};
