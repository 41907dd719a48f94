import { constants, type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

interface SpareHeapOptions {
  /** From the collection that shows how much lives to the look at what is spare, in ms. */
  readonly delayMs: number;
  /** What may be spare, as a share of what is used. */
  readonly share: number;
  /** What may be spare anyway, in bytes. */
  readonly floor: number;
}

/** A burst lasts longer, so that the whole of it costs a few pauses. */
const defaults: SpareHeapOptions = { delayMs: 15_000, share: 0.25, floor: 24e6 };

/**
 * Gives back to the system what a burst left of V8's heap, until it is disposed of. V8 keeps pages that are mostly empty, and
 * pools those that are empty, for as long as little is allocated: 80 to 150 MB after 10,000 containers were read or started.
 * Only its collection of last resort gives up both; that halts a process with 90 MB of live objects for some 150 ms, so it is
 * done where it is worth it, and only after ordinary collections.
 */
export function returnSpareHeap(options: SpareHeapOptions = defaults): Disposable {
  const collect = lastResort();
  let timer: NodeJS.Timeout | undefined;
  /** When our own collection ended: it doesn't call for the next. */
  let collectedAt = 0;
  const look = (): void => {
    timer = undefined;
    const { total_heap_size: total, used_heap_size: used } = getHeapStatistics();
    if (total - used <= Math.max(options.floor, used * options.share)) return;
    collect();
    collectedAt = performance.now();
  };
  const observer = new PerformanceObserver((list) => {
    const isNew = (entry: PerformanceEntry): boolean =>
      isMajor(entry) && entry.startTime > collectedAt;
    if (!timer && list.getEntries().some(isNew)) timer = setTimeout(look, options.delayMs).unref();
  });
  observer.observe({ entryTypes: ["gc"] });
  return {
    [Symbol.dispose]() {
      observer.disconnect();
      clearTimeout(timer);
    },
  };
}

/** A collection of the old generation. */
function isMajor(entry: PerformanceEntry): boolean {
  return (
    (entry as PerformanceEntry & { detail: { kind: number } }).detail.kind ===
    constants.NODE_PERFORMANCE_GC_MAJOR
  );
}

/** V8's own function, which it shows to contexts that are made after its flag is set. */
function lastResort(): () => void {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as (options: object) => void;
  return () => gc({ type: "major", execution: "sync", flavor: "last-resort" });
}
