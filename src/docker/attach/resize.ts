import { ConsoleError } from "../../console/client/console-client.ts";
import { resolveContainer } from "../containers/lookup/resolve.ts";
import { containerEvent } from "../events/container-event.ts";
import type { Handler } from "../route.ts";
import { addressOf, asking, demandRunning } from "../streams/container-target.ts";
import { sizeOf } from "./size.ts";

/** `POST /containers/{name}/resize`. Before the start it is a 409, which the CLI takes as "try again". */
export const resize: Handler = async (request, response, tenant) => {
  const size = sizeOf(request.query);
  const container = await resolveContainer(tenant, request.params["name"] ?? "");
  demandRunning(container);
  if (size !== undefined) {
    try {
      await asking(container, tenant.console.resize(addressOf(tenant, container), size));
    } catch (error) {
      // dockerd doesn't mind either.
      if (!(error instanceof ConsoleError) || error.reason !== "NoTerminal") throw error;
    }
    tenant.events.publish(
      containerEvent(container, "resize", {
        height: String(size.height),
        width: String(size.width),
      }),
    );
  }
  response.empty(200);
};
