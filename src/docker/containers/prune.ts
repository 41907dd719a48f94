import type { ContainerVM } from "../../api/containervm.gen.ts";
import { shownName } from "../../api/docker-name.ts";
import { idOfContainer } from "../../api/identity.ts";
import { DockerError } from "../errors.ts";
import { Filters } from "../filters/filters.ts";
import { parseMoment } from "../filters/moment.ts";
import type { Handler } from "../route.ts";
import { createdAt } from "../translation/times.ts";
import { imageOf } from "./lookup/image-of.ts";
import { isOver } from "./waiting/outcome.ts";
import { removeStopped } from "./wishes/removal.ts";
import { stateOf } from "./state/state.ts";

/** So many are removed at a time. */
const concurrency = 16;

/** `POST /containers/prune`: all that don't run. */
export const prune: Handler = async (request, response, tenant) => {
  const filters = Filters.parse(request.query.text("filters"), ["label", "label!", "until"]);
  const untilMs = untilOf(filters);
  const isMeant = (container: ContainerVM): boolean =>
    isOver(container) &&
    stateOf(container).status !== "removing" &&
    Date.parse(createdAt(container)) < untilMs &&
    filters.matchesLabels({
      ...imageOf(tenant, container)?.status?.config?.labels,
      ...container.spec.labels,
    });
  const waiting = tenant.containers.all().filter(isMeant);
  const deleted: string[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      try {
        await removeStopped(tenant, next, shownName(next), request.signal);
        deleted.push(idOfContainer(next));
      } catch (error) {
        // Started or gone meanwhile: nothing to prune.
        if (!(error instanceof DockerError) || ![404, 409].includes(error.status)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  response.json(200, {
    ContainersDeleted: deleted.length > 0 ? deleted : null,
    SpaceReclaimed: 0,
  });
};

function untilOf(filters: Filters): number {
  const [text, ...more] = filters.all("until");
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (more.length > 0) throw new DockerError(400, "more than one until filter specified");
  return parseMoment(text);
}
