import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { idOfContainer } from "../../../api/identity.ts";
import { DockerError } from "../../errors.ts";
import type { TimedEvent } from "../../events/timed-event.ts";
import type { Tenant } from "../../tenant.ts";
import { isOver } from "../waiting/outcome.ts";

/** How long the event of an end may come after the container has gone. */
const patienceMs = 2_000;

/**
 * The exit code of a container that has ended, as it was seen last. One that was still running then ended and was removed while the watch was
 * broken: the operator's event of it has the code.
 *
 * @throws DockerError where nobody has it: a code that was made up would be taken for true
 */
export async function exitCodeOf(tenant: Tenant, last: ContainerVM): Promise<number> {
  if (isOver(last)) return last.status?.exit?.code ?? 0;
  const id = idOfContainer(last);
  const isEnd = (event: TimedEvent): boolean =>
    event.type === "container" && event.action === "die" && event.id === id;
  const end = tenant.events.past().findLast(isEnd) ?? (await nextEvent(tenant, isEnd));
  const code = Number(end?.attributes["exitCode"]);
  if (Number.isInteger(code)) return code;
  throw new DockerError(
    500,
    `container ${id} was removed while the Kubernetes API server couldn't be watched: its exit code isn't known`,
  );
}

function nextEvent(
  { events }: Tenant,
  matches: (event: TimedEvent) => boolean,
): Promise<TimedEvent | undefined> {
  return new Promise((resolve) => {
    const settle = (event?: TimedEvent): void => {
      clearTimeout(timer);
      stop();
      resolve(event);
    };
    const stop = events.listen((event) => {
      if (matches(event)) settle(event);
    });
    const timer = setTimeout(settle, patienceMs);
  });
}
