import type { ContainerVM } from "../../api/containervm.gen.ts";
import { resolveContainer } from "../containers/lookup/resolve.ts";
import { invalidParameter } from "../errors.ts";
import { containerEvent } from "../events/container-event.ts";
import type { Handler } from "../route.ts";
import { addressOf, asking, demandRunning } from "../streams/container-target.ts";
import type { Tenant } from "../tenant.ts";
import { columnsOf } from "./ps-arguments.ts";

const MIB = 1024 * 1024;

/** `GET /containers/{name}/top`. Process ids are those in the container's VM. */
export const top: Handler = async (request, response, tenant) => {
  const columns = columnsOf(request.query.text("ps_args"));
  // dockerd needs it to tell processes apart, and nobody should be surprised by either.
  if (!columns.some(({ title }) => title === "PID"))
    throw invalidParameter("Couldn't find PID field in ps output");
  const container = await resolveContainer(tenant, request.params["name"] ?? "");
  demandRunning(container);
  const processes = await asking(container, tenant.console.top(addressOf(tenant, container)));
  const context = { now: new Date(), memoryBytes: memoryMiBOf(tenant, container) * MIB };
  tenant.events.publish(containerEvent(container, "top"));
  response.json(200, {
    Processes: processes.map((process) => columns.map((column) => column.value(process, context))),
    Titles: columns.map(({ title }) => title),
  });
};

const memoryMiBOf = (tenant: Tenant, { spec }: ContainerVM): number =>
  spec.memoryMiB ?? tenant.host().spec.containerDefaults.memoryMiB;
