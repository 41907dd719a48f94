import { idOfHost } from "../../../api/identity.ts";
import type { Handler } from "../../route.ts";
import { summaryOf } from "../../translation/summary.ts";
import { newestFirst } from "../../translation/times.ts";
import { imageOf } from "../lookup/image-of.ts";
import { listFilter, readListFilters } from "./list-filter.ts";
import { stateOf } from "../state/state.ts";

/** `GET /containers/json`, newest first. */
export const list: Handler = async (request, response, tenant) => {
  const { query } = request;
  const limit = Math.max(0, query.integer("limit") ?? 0);
  const filters = readListFilters(query.text("filters"));
  const matches = await listFilter(filters, tenant);
  const all = query.flag("all") || limit > 0 || filters.has("status");
  const asked = tenant.containers
    .all()
    .filter((container) => (all || stateOf(container).running) && matches(container));
  const found = newestFirst(asked).slice(0, limit === 0 ? undefined : limit);
  const hostId = idOfHost(tenant.host());
  const size = query.flag("size");
  const nowMs = Date.now();
  response.json(
    200,
    found.map((container) => {
      const image = imageOf(tenant, container);
      return summaryOf(container, { image, hostId, size }, nowMs);
    }),
  );
};
