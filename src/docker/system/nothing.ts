import { DockerError } from "../errors.ts";
import type { Handler } from "../route.ts";

/** `GET /plugins`: clients that look everywhere ask here too. */
export const listPlugins: Handler = async (_, response) => response.json(200, []);

/** `GET /plugins/{name}/json` */
export const noSuchPlugin: Handler = async (request) => {
  throw new DockerError(
    404,
    `plugin ${JSON.stringify(request.params["name"]!.slice(0, 128))} not found`,
  );
};

/** `POST /build/prune`, which `docker system prune` calls. */
export const pruneBuilds: Handler = async (_, response) =>
  response.json(200, { CachesDeleted: null, SpaceReclaimed: 0 });
