import { Filters } from "../filters/filters.ts";
import { matchesPattern } from "../filters/pattern.ts";
import { DockerError } from "../errors.ts";
import type { Handler } from "../route.ts";
import { describeNetwork, networksOf, resolveNetwork } from "./networks.ts";

const keys = ["dangling", "driver", "id", "label", "name", "scope", "type"];

/** `GET /networks` */
export const listNetworks: Handler = async (request, response, tenant) => {
  const filters = Filters.parse(request.query.text("filters"), keys);
  const types = filters.all("type");
  if (types.some((type) => type !== "builtin" && type !== "custom")) {
    throw new DockerError(400, `invalid filter 'type=${types.join(" ").slice(0, 64)}'`);
  }
  const found = networksOf(tenant).filter(
    ({ name, id }) =>
      filters.any("name", (pattern) => matchesPattern(pattern, name)) &&
      filters.any("id", (text) => id.includes(text)) &&
      filters.any("driver", (text) => text === (name === "bridge" ? "bridge" : "null")) &&
      filters.any("scope", (text) => text === "local") &&
      filters.any("type", (text) => text === "builtin") &&
      filters.matchesLabels({}) &&
      filters.flag("dangling") !== true,
  );
  response.json(
    200,
    found.map((network) => describeNetwork(tenant, network, false)),
  );
};

/** `GET /networks/{id}` */
export const inspectNetwork: Handler = async (request, response, tenant) => {
  const scope = request.query.text("scope");
  const id = request.params["id"]!;
  if (scope !== "" && scope !== "local") throw new DockerError(404, `network ${id} not found`);
  response.json(200, describeNetwork(tenant, resolveNetwork(tenant, id), true));
};

/** `POST /networks/prune`: those that there are aren't Docker's to delete. */
export const pruneNetworks: Handler = async (request, response) => {
  Filters.parse(request.query.text("filters"), ["label", "label!", "until"]);
  response.json(200, { NetworksDeleted: null });
};
