import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { KubeClient, WatchEvent, WatchOptions } from "./client.ts";
import { type ConfigMap, configMapKind } from "./core-kinds.ts";
import { ApiError, TransportError } from "./errors.ts";
import { Reflector } from "./reflector.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const bookmark = {
  type: "BOOKMARK",
  object: {
    metadata: { resourceVersion: "1", annotations: { "k8s.io/initial-events-end": "true" } },
  },
} as unknown as WatchEvent<ConfigMap>;

test("after an outage, what has expired meanwhile is read anew without the patience that the outage taught", async () => {
  const down = new TransportError("refused", "ECONNREFUSED");
  const expired = new ApiError(410, { reason: "Expired" }, "watch");
  const answers: (WatchEvent<ConfigMap> | Error)[] = [
    bookmark,
    ...Array.from({ length: 8 }, () => down),
  ];
  const asked: { readonly atMs: number; readonly reads: boolean }[] = [];
  async function* watch(_: unknown, options: WatchOptions): AsyncGenerator<WatchEvent<ConfigMap>> {
    asked.push({ atMs: Date.now(), reads: options.sendInitialEvents === true });
    const answer = answers.shift() ?? expired;
    if (answer instanceof Error) throw answer;
    yield answer;
  }
  const sink = { replace: () => {}, event: () => {}, bookmark: () => {} };
  const reflector = new Reflector<ConfigMap>({
    client: { watch } as unknown as KubeClient,
    kind: configMapKind,
    selection: {},
    sink,
    log: pino({ level: "silent" }),
  });
  const abort = new AbortController();
  const running = reflector.run(abort.signal);
  await vi.advanceTimersByTimeAsync(60_000);
  abort.abort();
  await vi.advanceTimersByTimeAsync(10_000);
  await running;
  const again = asked.findIndex(({ reads }, index) => index > 0 && reads);
  expect(again).toBe(10);
  expect(asked[again]!.atMs - asked[again - 1]!.atMs).toBeLessThanOrEqual(250);
  // A server that says so again and again isn't hammered.
  expect(asked.length).toBeLessThan(30);
});
