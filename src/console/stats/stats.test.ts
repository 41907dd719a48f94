import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import type { AgentCommand } from "../sessions/agents.ts";
import type { StreamDependencies } from "../logs/stream-dependencies.ts";
import { openStats } from "./stats.ts";
import { openTop } from "./top.ts";

const container = {
  metadata: { namespace: "team", name: "web", uid: "uid-1" },
  status: { id: "c".repeat(64), state: "Running", run: 1 },
} as never;

/** A guest that answers any command so, and then writes more. */
function guest(answer: object, more: readonly string[] = []) {
  const command: AgentCommand = {
    answer: answer as Readonly<Record<string, unknown>>,
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    exited: Promise.resolve(0),
    setWindow: () => {},
    close: () => {},
  };
  for (const text of more) (command.stdout as PassThrough).write(text);
  (command.stdout as PassThrough).end();
  return {
    agents: { command: () => Promise.resolve(command) },
    containers: { now: () => container },
  } as unknown as StreamDependencies;
}

const always = new AbortController().signal;

describe("a guest's processes", () => {
  test("are none where it talks nonsense", async () => {
    for (const answer of [{}, { processes: null }, { processes: { length: 1e9 } }])
      expect(await openTop(guest(answer), container, always)).toEqual([]);
  });

  test("are bounded, whole and without what a terminal would obey", async () => {
    const wild = {
      pid: -1,
      cpuPercent: "99",
      user: "\u001b[2J\u202eroot",
      args: ["a\nb", 7, "\ud800"],
      nice: -20,
    };
    const many = Array.from({ length: 20_000 }, () => wild);
    const processes = await openTop(guest({ processes: many }), container, always);
    expect(processes).toHaveLength(10_000);
    expect(processes[0]).toMatchObject({
      pid: 0,
      cpuPercent: 0,
      nice: -20,
      user: "?[2J?root",
      args: ["a?b", "", "\ufffd"],
      command: "",
    });
  });

  test("tell their command line in pieces or in one", async () => {
    const processes = await openTop(
      guest({ processes: [{ args: ["sh", "-c"] }, { args: "sh -c" }, { args: "" }] }),
      container,
      always,
    );
    expect(processes.map(({ args }) => args)).toEqual([["sh", "-c"], ["sh -c"], []]);
  });
});

describe("a guest's statistics", () => {
  const read = async (...from: Parameters<typeof guest>) => {
    const samples: unknown[] = [];
    for await (const sample of await openStats(guest(...from), container, true, always))
      samples.push(sample);
    return samples;
  };

  test("aren't asked for where it doesn't run", async () => {
    const deps = { ...guest({}), containers: { now: () => undefined } } as never;
    await expect(openStats(deps, container, false, always)).rejects.toMatchObject({
      status: 409,
      reason: "NotRunning",
    });
  });

  test("are those lines that make sense, with numbers alone in them", async () => {
    const sample = {
      at: "2026-11-22T14:00:00Z",
      cpu: { totalNs: 5, online: "1" },
      memory: { stats: { "a\u0007": 1, b: {} } },
      networks: { eth0: { rxBytes: 9 } },
      pids: Number.MAX_VALUE,
    };
    const samples = await read(sample, [
      "garbage\n",
      `"${"x".repeat(100_000)}"\n`,
      "null\n",
      `${JSON.stringify({ at: "later" })}\n`,
    ]);
    expect(samples).toHaveLength(2);
    expect(samples[0]).toEqual({
      at: "2026-11-22T14:00:00Z",
      cpu: { totalNs: 5, userNs: 0, systemNs: 0, machineNs: 0, online: 0 },
      memory: { usageBytes: 0, limitBytes: 0, stats: { "a?": 1, b: 0 } },
      pids: Number.MAX_VALUE,
      networks: { eth0: { rxBytes: 9 } },
      blkio: { readBytes: 0, writeBytes: 0 },
    });
    expect(samples[1]).toMatchObject({ at: "later" });
  });
});
