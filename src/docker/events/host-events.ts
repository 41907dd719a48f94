import { KINDS } from "../../api/kinds.ts";
import { ANNOTATIONS, LABELS } from "../../api/metadata.ts";
import { REASONS, type Reason } from "../../api/conditions.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import { eventKind, type KubeEvent } from "../../kube/core-kinds.ts";
import type { EventRecorder } from "../../kube/events.ts";
import type { Informer, Informers } from "../../kube/informer.ts";
import type { ContainerCache } from "../containers/lookup/cache.ts";
import type { DockerEvent, EventSink } from "./event-sink.ts";
import { readEvent, type TimedEvent } from "./timed-event.ts";

/** What happens to one host's containers and images. */
export interface HostEvents extends EventSink {
  /** What the API server still keeps (an hour, unless it was told otherwise), the oldest first. */
  past(): readonly TimedEvent[];
  /** Hears of each event from now on, once. Returns the way to stop. */
  listen(listener: (event: TimedEvent) => void): () => void;
}

/** What of a tenant its events need. */
interface EventfulHost {
  /** Name of the VirtualContainerHost. */
  readonly name: string;
  /** `namespace/name`. */
  readonly key: string;
  host(): VirtualContainerHost;
  readonly containers: Pick<ContainerCache, "byId">;
  readonly informers: Informers;
  /** Ends the events. */
  readonly signal: AbortSignal;
}

const BY_HOST = "docker/host";

/** Ask for it before the informers are started, so that nobody is served without past events. */
export function eventInformer(informers: Informers): Informer<KubeEvent> {
  const informer = informers.of(eventKind, { labelSelector: LABELS.host });
  informer.addIndex(BY_HOST, (event) => [hostKeyOf(event)]);
  return informer;
}

const hostKeyOf = ({ metadata }: KubeEvent): string =>
  `${metadata?.namespace}/${metadata?.labels?.[LABELS.host]}`;

/** Actions that are written down, for clients of all gateways and for `--since`; the others are told where they happen, and then forgotten. */
const KEPT: Readonly<Record<string, Reason>> = {
  "container kill": REASONS.Killed,
  "image pull": REASONS.Pulled,
  "image tag": REASONS.Tagged,
  "image untag": REASONS.Untagged,
  "image delete": REASONS.Untagged,
};

/** What happens to a host, told until its signal. */
export function createHostEvents(tenant: EventfulHost, recorder: EventRecorder): HostEvents {
  const informer = eventInformer(tenant.informers);
  const listeners = new Set<(event: TimedEvent) => void>();
  const tell = (event: TimedEvent): void => {
    for (const listener of listeners) listener(event);
  };
  // After a gap in the watch many come at once, in any order.
  let batch: TimedEvent[] = [];
  const flush = (): void => {
    const events = batch.toSorted(byTime);
    batch = [];
    events.forEach(tell);
  };
  const forget = informer.addHandler({
    add: (object, initial) => {
      if (initial || listeners.size === 0 || hostKeyOf(object) !== tenant.key) return;
      const event = readEvent(object);
      if (event === undefined) return;
      if (batch.push(event) === 1) queueMicrotask(flush);
    },
  });
  tenant.signal.addEventListener("abort", forget, { once: true });
  return {
    past: () =>
      informer.store
        .byIndex(BY_HOST, tenant.key)
        .map(readEvent)
        .filter((event) => event !== undefined)
        .toSorted(byTime),
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    publish(event) {
      const reason = KEPT[`${event.type} ${event.action}`];
      // What is written down comes back with the watch.
      if (reason === undefined) tell({ ...event, at: BigInt(Date.now()) * 1_000_000n });
      else record(tenant, recorder, event, reason);
    },
  };
}

const byTime = (a: TimedEvent, b: TimedEvent): number => (a.at < b.at ? -1 : Number(a.at > b.at));

function record(
  tenant: EventfulHost,
  recorder: EventRecorder,
  event: DockerEvent,
  reason: Reason,
): void {
  const input = {
    type: "Normal",
    reason,
    action: event.action.replace(/^./, (first) => first.toUpperCase()),
    note: `docker ${event.action} ${event.attributes["name"] ?? event.id}`,
    labels: { [LABELS.host]: tenant.name },
    annotations: { [ANNOTATIONS.dockerEvent]: JSON.stringify(event) },
    distinct: true,
  } as const;
  const container = event.type === "container" ? tenant.containers.byId(event.id) : undefined;
  if (container === undefined) recorder.record(KINDS.VirtualContainerHost, tenant.host(), input);
  else recorder.record(KINDS.ContainerVM, container, input);
}
