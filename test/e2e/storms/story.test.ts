import { expect, test } from "vitest";
import { becalm, type Complaint } from "./calm.ts";
import { storyOf } from "./story.ts";

// What tells why a storm's end took long has to work when that happens, which is seldom.

const stuck: Complaint = { about: "web", what: "Stopping, not Exited", names: ["vm-7"] };

test("what was out of order is remembered, and a look that fails ends nothing", async () => {
  const looks = [[stuck], new Error("down"), [{ ...stuck, what: "Exited, is left" }], []];
  const calm = await becalm(async () => {
    const next = looks.shift()!;
    if (next instanceof Error) throw next;
    return next;
  }, 60_000);
  expect(calm.tookMs).toBeGreaterThan(0);
  expect(calm.troubles.map(({ about, said }) => [about, ...said.map(({ what }) => what)])).toEqual([
    ["web", "Stopping, not Exited", "Exited, is left"],
    ["the look itself", "Error: down"],
  ]);
});

test("a late one's story has what was said and logged of it, and of connections, but not of others", () => {
  const line = (time: string, level: string, rest: object): string =>
    JSON.stringify({ level, time: `2026-11-23T10:00:${time}Z`, ...rest });
  const operator = [
    line("01.000", "info", { msg: "long before" }),
    line("29.000", "warn", { kind: "Secret", msg: "watch failed" }),
    line("30.500", "debug", { object: "ns/web", next: "backoff", inMs: 40, msg: "reconciled" }),
    line("30.600", "debug", { object: "ns/other", msg: "reconciled" }),
    line("30.700", "warn", { object: "ns/other", msg: "reconcile failed" }),
    line("30.800", "debug", { vm: "vm-7", msg: "task" }),
    '{"level":"debug","time":"20',
  ].join("\n");
  const troubles = [
    { about: "web", names: ["web", "vm-7"], fromMs: 0, untilMs: 45_000, said: [] },
    { about: "quick", names: ["quick"], fromMs: 0, untilMs: 900, said: [] },
  ];
  const said = [{ atMs: 100, what: "Stopping" }];
  const calm = { tookMs: 45_000, troubles: troubles.map((each) => ({ ...each, said })) };
  const endedAtMs = Date.parse("2026-11-23T10:00:30Z");
  const frame = { endedAtMs, longMs: 10_000, beforeMs: 20_000 };
  expect(storyOf(calm, new Map([["operator", operator]]), frame).split("\n")).toEqual([
    "web, from 0.0 s to 45.0 s:",
    "  0.1 s Stopping",
    '    -1.0 s operator warn watch failed {"kind":"Secret"}',
    '    0.5 s operator debug reconciled {"object":"ns/web","next":"backoff","inMs":40}',
    '    0.8 s operator debug task {"vm":"vm-7"}',
  ]);
});
