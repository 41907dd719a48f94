import { Filters } from "../filters/filters.ts";
import { DockerError } from "../errors.ts";
import type { Handler } from "../route.ts";

/** `GET /volumes`: none yet. */
export const listVolumes: Handler = async (request, response) => {
  Filters.parse(request.query.text("filters"), ["dangling", "driver", "label", "name"]);
  response.json(200, { Volumes: [], Warnings: null });
};

/** `GET` and `DELETE /volumes/{name}` */
export const noSuchVolume: Handler = async (request) => {
  throw new DockerError(404, `get ${request.params["name"]!.slice(0, 128)}: no such volume`);
};

/** `POST /volumes/prune` */
export const pruneVolumes: Handler = async (request, response) => {
  Filters.parse(request.query.text("filters"), ["all", "label", "label!"]);
  response.json(200, { VolumesDeleted: [], SpaceReclaimed: 0 });
};
