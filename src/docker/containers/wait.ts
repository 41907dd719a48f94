import type { ContainerVM } from "../../api/containervm.gen.ts";
import { outputRead } from "../attach/readers.ts";
import { DockerError, toDockerError } from "../errors.ts";
import type { Handler } from "../route.ts";
import { waitFor, type Judge } from "./waiting/waits.ts";
import { exitCodeOf } from "./state/exit-code.ts";
import { fresh } from "./lookup/fresh.ts";
import { hasRunSince, isOver, markOf, removed } from "./waiting/outcome.ts";
import { resolveContainer } from "./lookup/resolve.ts";

/** Since when the answer's head comes at once: clients start the container upon it. */
const earlyHeadMinor = 30;

/** `POST /containers/{name}/wait`: the answer's head says that the wait has begun, its body what came of it. */
export const wait: Handler = async (request, response, tenant) => {
  const text = request.query.text("condition");
  let container = await resolveContainer(tenant, request.params["name"]!);
  // Its removal is told, whatever it does now.
  if (isOver(container) && text !== "removed") container = await fresh(tenant, container);
  const judge = judgeOf(text, container);
  let last = container;
  const watching: Judge<true> = (sight) => {
    last = sight.container;
    return judge(sight);
  };
  const waiting = waitFor(tenant.containerInformer, container, watching, request.signal);
  if (request.minor < earlyHeadMinor) {
    await waiting;
    await outputRead(tenant, last);
    return response.json(200, { StatusCode: await exitCodeOf(tenant, last) });
  }
  const raw = response.stream(200, { "Content-Type": "application/json" });
  try {
    await waiting;
    await outputRead(tenant, last);
    raw.end(`${JSON.stringify({ StatusCode: await exitCodeOf(tenant, last) })}\n`);
  } catch (error) {
    if (request.signal.aborted) throw error;
    const message = toDockerError(error)?.message ?? "the gateway failed";
    raw.end(`${JSON.stringify({ StatusCode: 0, Error: { Message: message } })}\n`);
  }
};

/**
 * What is waited for, seen from now.
 *
 * @throws DockerError 400
 */
function judgeOf(condition: string, container: ContainerVM): Judge<true> {
  switch (condition) {
    case "":
    case "not-running":
      return (sight) => (sight.gone || isOver(sight.container) ? true : undefined);
    case "next-exit": {
      const mark = markOf(container);
      const wasRunning = !isOver(container);
      // An exit before this call isn't the next one.
      return (sight) =>
        sight.gone ||
        (isOver(sight.container) && (wasRunning || hasRunSince(mark, sight.container)))
          ? true
          : undefined;
    }
    case "removed":
      return removed;
    default:
      throw new DockerError(400, `invalid condition: ${JSON.stringify(condition.slice(0, 64))}`);
  }
}
