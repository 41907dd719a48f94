import { idOfHost } from "../../api/identity.ts";
import type { Handler } from "../route.ts";
import { inspectOf } from "../translation/inspect.ts";
import { imageOf } from "./lookup/image-of.ts";
import { resolveContainer } from "./lookup/resolve.ts";

/** `GET /containers/{name}/json` */
export const inspect: Handler = async (request, response, tenant) => {
  const container = await resolveContainer(tenant, request.params["name"]!);
  const options = {
    image: imageOf(tenant, container),
    hostId: idOfHost(tenant.host()),
    size: request.query.flag("size"),
  };
  response.json(200, inspectOf(container, options));
};
