import { DockerError, invalidParameter } from "../errors.ts";
import { Filters } from "../filters/filters.ts";
import { parseMoment } from "../filters/moment.ts";
import type { DockerQuery } from "../http/query.ts";
import type { Handler } from "../route.ts";
import { EVENT_FILTERS, isWanted } from "./event-filter.ts";
import { formatEvent, type TimedEvent } from "./timed-event.ts";

/** What may wait for a client that doesn't read, in bytes. Then it is cut off: it would miss events and not know. */
const MAX_WAITING = 4 * 1024 * 1024;

/** `GET /events`: the past that was asked for, then what happens, each once, until `until` or the client goes. */
export const events: Handler = async (request, response, tenant) => {
  const filters = Filters.parse(request.query.text("filters"), EVENT_FILTERS);
  const { since, until } = periodOf(request.query);
  const raw = response.stream(200, { "Content-Type": "application/json" });
  const send = (event: TimedEvent): void => {
    if (!isWanted(filters, event)) return;
    raw.write(formatEvent(event));
    if (raw.writableLength > MAX_WAITING) raw.destroy();
  };
  if (since !== undefined || until !== undefined) {
    for (const event of tenant.events.past()) {
      if (event.at >= (since ?? 0n) && (until === undefined || event.at <= until)) send(event);
    }
  }
  const leftMs = until === undefined ? Infinity : Number(until / 1_000_000n) - Date.now();
  if (leftMs > 0) {
    const stop = tenant.events.listen(send);
    await ended(request.signal, leftMs);
    stop();
  }
  raw.end();
};

/** In nanoseconds since 1970. @throws DockerError 400 */
function periodOf(query: DockerQuery): { since: bigint | undefined; until: bigint | undefined } {
  const since = momentOf(query.text("since"));
  const until = momentOf(query.text("until"));
  if (since !== undefined && until !== undefined && since > until) {
    const seconds = (at: bigint): bigint => at / 1_000_000_000n;
    throw invalidParameter(
      `\`since\` time (${seconds(since)}) cannot be after \`until\` time (${seconds(until)})`,
    );
  }
  return { since, until };
}

/** Digits of their own, where there are some: a number doesn't hold as many. */
function momentOf(text: string): bigint | undefined {
  if (text === "" || text === "0") return undefined;
  const [, seconds, fraction = ""] = /^(\d{1,12})(?:\.(\d{0,9}))?$/.exec(text) ?? [];
  if (seconds !== undefined)
    return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
  const ms = parseMoment(text);
  if (ms < 0) throw new DockerError(400, "a time before 1970");
  return BigInt(Math.round(ms * 1_000)) * 1_000n;
}

const MAX_TIMER_MS = 2 ** 31 - 1;

/** Resolves when the signal aborts, or after so many milliseconds. */
function ended(signal: AbortSignal, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", settle);
      resolve();
    };
    const timer =
      timeoutMs === Infinity ? undefined : setTimeout(settle, Math.min(timeoutMs, MAX_TIMER_MS));
    signal.addEventListener("abort", settle, { once: true });
    if (signal.aborted) settle();
  });
}
