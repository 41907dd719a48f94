import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Queue, type Next } from "./queue.ts";

const groupOf = (key: string): string => key.split("/")[0]!;
const forget: Next = { type: "forget" };
const createQueue = (): Queue =>
  new Queue({ group: groupOf, backoffBaseMs: 5, backoffCapMs: 1_000 });

/** What can be taken now, without waiting. */
async function takeAll(queue: Queue): Promise<string[]> {
  const taken: string[] = [];
  while (queue.depth > 0) taken.push((await queue.take())!);
  return taken;
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a key", () => {
  test("waits once, however often it is added", async () => {
    const queue = createQueue();
    for (let times = 0; times < 5; times += 1) queue.add("ns/a");
    expect(await takeAll(queue)).toEqual(["ns/a"]);
  });

  test("added while it runs is kept back until then, and runs once more", async () => {
    const queue = createQueue();
    queue.add("ns/a");
    await queue.take();
    queue.add("ns/a");
    queue.add("ns/a");
    expect(queue.depth).toBe(0);
    queue.done("ns/a", forget);
    expect(await takeAll(queue)).toEqual(["ns/a"]);
  });

  test("given back without having been taken is a mistake", () => {
    expect(() => createQueue().done("ns/a", forget)).toThrow("not running");
  });

  test("of which nothing more is to be known is forgotten", async () => {
    const queue = createQueue();
    queue.add("ns/a");
    queue.done((await queue.take())!, { type: "backoff" });
    await vi.advanceTimersByTimeAsync(5);
    queue.done((await queue.take())!, forget);
    expect(queue.known).toBe(0);
  });
});

describe("delays", () => {
  test("double with each failure up to the cap, and start anew after a success", async () => {
    const queue = createQueue();
    const waits: number[] = [];
    const told: (number | undefined)[] = [];
    queue.add("ns/a");
    for (let failure = 0; failure < 11; failure += 1) {
      told.push(queue.done((await queue.take())!, failure === 9 ? forget : { type: "backoff" }));
      if (failure === 9) queue.add("ns/a");
      const before = performance.now();
      while (queue.depth === 0) await vi.advanceTimersByTimeAsync(1);
      waits.push(Math.round(performance.now() - before));
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1_000, 0, 5]);
    expect(told.toSpliced(9, 1)).toEqual(waits.toSpliced(9, 1));
    expect(told[9]).toBeUndefined();
  });

  test("are cut short by a fresh add, which makes them void", async () => {
    const queue = createQueue();
    queue.addAfter("ns/a", 1_000);
    queue.add("ns/a");
    queue.done((await queue.take())!, forget);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(queue.depth).toBe(0);
    expect(queue.known).toBe(0);
  });

  test("merge into the earlier of two", async () => {
    const queue = createQueue();
    queue.addAfter("ns/a", 1_000);
    queue.addAfter("ns/a", 10);
    queue.addAfter("ns/a", 500);
    await vi.advanceTimersByTimeAsync(10);
    expect(await takeAll(queue)).toEqual(["ns/a"]);
  });
});

describe("order", () => {
  test("is round robin between groups, so that a large one holds up nobody", async () => {
    const queue = createQueue();
    for (let index = 0; index < 4; index += 1) queue.add(`big/${index}`);
    queue.add("small/0");
    queue.add("other/0");
    expect(await takeAll(queue)).toEqual([
      "big/0",
      "small/0",
      "other/0",
      "big/1",
      "big/2",
      "big/3",
    ]);
  });

  test("puts what is fresh before resyncs, and raises a resync that becomes fresh", async () => {
    const queue = createQueue();
    queue.add("ns/resync", "resync");
    queue.add("ns/raised", "resync");
    queue.add("ns/fresh");
    queue.add("ns/raised");
    expect(await takeAll(queue)).toEqual(["ns/fresh", "ns/raised", "ns/resync"]);
  });

  test("lets a resync through although fresh keys never end", async () => {
    const queue = createQueue();
    queue.add("ns/resync", "resync");
    const taken: string[] = [];
    for (let index = 0; index < 40; index += 1) {
      queue.add(`ns/${index}`);
      const key = (await queue.take())!;
      taken.push(key);
      queue.done(key, forget);
    }
    expect(taken).toContain("ns/resync");
  });
});

describe("a parked key", () => {
  const park = { type: "park", topic: "server" } as const;

  async function parked(): Promise<Queue> {
    const queue = createQueue();
    queue.add("ns/a");
    queue.done((await queue.take())!, park);
    return queue;
  }

  test("stays away from resyncs until its topic wakes", async () => {
    const queue = await parked();
    queue.add("ns/a", "resync");
    queue.wake("another");
    expect(queue.depth).toBe(0);
    queue.wake("server");
    expect(await takeAll(queue)).toEqual(["ns/a"]);
  });

  test("runs when it changes itself", async () => {
    const queue = await parked();
    queue.add("ns/a");
    expect(await takeAll(queue)).toEqual(["ns/a"]);
  });

  test("isn't parked at all when the wake came while it was deciding", async () => {
    const queue = createQueue();
    queue.add("ns/a");
    const key = (await queue.take())!;
    queue.wake("server");
    queue.done(key, park);
    expect(await takeAll(queue)).toEqual(["ns/a"]);
  });

  test("sleeps again after a wake that it has already run for", async () => {
    const queue = await parked();
    queue.wake("server");
    queue.done((await queue.take())!, park);
    expect(queue.depth).toBe(0);
  });
});

describe("closing", () => {
  test("sends waiting takers away and forgets all that waits", async () => {
    const queue = createQueue();
    queue.add("ns/running");
    const running = (await queue.take())!;
    const taker = queue.take();
    queue.addAfter("ns/later", 10);
    queue.close();
    expect(await taker).toBeUndefined();
    queue.done(running, { type: "backoff" });
    queue.add("ns/late");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await queue.take()).toBeUndefined();
    expect(queue.known).toBe(0);
  });
});

test("no history runs a key twice at a time, loses an add, or runs more often than was asked", async () => {
  const anyKey = fc.integer({ min: 0, max: 5 }).map((n) => `g${n % 2}/${n}`);
  const next: fc.Arbitrary<Next> = fc.oneof(
    fc.constant<Next>({ type: "forget" }),
    fc.constant<Next>({ type: "backoff" }),
    fc.record({ type: fc.constant("after" as const), ms: fc.integer({ min: 0, max: 50 }) }),
    fc.record({ type: fc.constant("park" as const), topic: fc.constantFrom("s", "t") }),
  );
  const step = fc.oneof(
    fc.record({ do: fc.constant("add" as const), key: anyKey, fresh: fc.boolean() }),
    fc.record({
      do: fc.constant("addAfter" as const),
      key: anyKey,
      ms: fc.integer({ min: 0, max: 30 }),
    }),
    fc.record({ do: fc.constant("take" as const) }),
    fc.record({ do: fc.constant("done" as const), which: fc.nat(), next }),
    fc.record({ do: fc.constant("wake" as const), topic: fc.constantFrom("s", "t") }),
    fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 40 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const queue = createQueue();
      const running: string[] = [];
      /** Keys with a fresh add since their last run began. */
      const owed = new Set<string>();
      const take = async (): Promise<void> => {
        const taken = (await queue.take())!;
        expect(running).not.toContain(taken);
        running.push(taken);
        owed.delete(taken);
      };
      for (const action of steps) {
        if (action.do === "add") {
          queue.add(action.key, action.fresh ? "fresh" : "resync");
          if (action.fresh) owed.add(action.key);
        } else if (action.do === "addAfter") queue.addAfter(action.key, action.ms);
        else if (action.do === "take" && queue.depth > 0) await take();
        else if (action.do === "done" && running.length > 0) {
          const [key] = running.splice(action.which % running.length, 1);
          queue.done(key!, action.next);
        } else if (action.do === "wake") queue.wake(action.topic);
        else if (action.do === "pass") await vi.advanceTimersByTimeAsync(action.ms);
        expect(queue.depth).toBeLessThanOrEqual(6);
      }
      // Let everything end well: whatever was asked for runs, and then nothing is left but what is parked.
      for (let round = 0; round < 200; round += 1) {
        for (const key of running.splice(0)) queue.done(key, forget);
        queue.wake("s");
        queue.wake("t");
        while (queue.depth > 0) await take();
        await vi.advanceTimersByTimeAsync(20);
        if (queue.known === 0) break;
      }
      expect([...owed]).toEqual([]);
      expect(queue.known).toBe(0);
    }),
    { numRuns: 300 },
  );
});
