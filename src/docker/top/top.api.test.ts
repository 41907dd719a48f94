import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { hasDockerCli } from "../../../test/gateway/docker-cli.ts";
import { onConsole } from "../../../test/gateway/on-console.ts";
import type { GuestProcess } from "../../console/client/console-client.ts";

const { console, url, add, docker } = onConsole();

const init: GuestProcess = {
  pid: 212,
  ppid: 1,
  uid: 0,
  user: "root",
  cpuPercent: 2.54,
  startedAt: "2020-11-02T14:08:00Z",
  tty: "",
  cpuSeconds: 3_725,
  rssBytes: 1_376 * 1024,
  vszBytes: 2_268 * 1024,
  state: "Ss",
  nice: 0,
  args: ["sleep", "3000"],
  command: "sleep",
};

beforeAll(async () => {
  const id = await add("box", "Running", { memoryMiB: 128 });
  console.start(id, "sleep", "600");
  console.processes = [init];
  await add("off", "Created");
});
afterEach(() => {
  console.processes = [init];
});

const top = async (psArguments?: string, name = "box") => {
  const query = psArguments === undefined ? "" : `?ps_args=${encodeURIComponent(psArguments)}`;
  const answer = await fetch(`${url()}/containers/${name}/top${query}`);
  return { status: answer.status, body: await answer.json() };
};

describe("what is refused", () => {
  test.each([
    ["-o foo", 'ps: error: unknown user-defined format specifier "foo"'],
    ["-o __proto__", 'ps: error: unknown user-defined format specifier "__proto__"'],
    ["-o args", "Couldn't find PID field in ps output"],
    ["-o", "ps: error: list of -o is missing"],
    ["--forest", expect.stringContaining('"--forest" isn\'t understood') as string],
    ["-p 1", expect.stringContaining("isn't understood") as string],
  ])("%s", async (psArguments, message) => {
    expect(await top(psArguments)).toEqual({ status: 400, body: { message } });
  });

  test("a container that doesn't run, and one that isn't there", async () => {
    expect(await top(undefined, "off")).toMatchObject({
      status: 409,
      body: { message: expect.stringMatching(/^container [0-9a-f]{64} is not running$/) as string },
    });
    expect((await top(undefined, "nosuch")).status).toBe(404);
  });

  test("where no console answers", async () => {
    console.unavailable = true;
    expect((await top()).status).toBe(503);
  });
});

test.each([
  [
    undefined,
    ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"],
    ["root", "212", "1", "2", "Nov02", "?", "01:02:05", "sleep 3000"],
  ],
  [
    "aux",
    ["USER", "PID", "%CPU", "%MEM", "VSZ", "RSS", "TTY", "STAT", "START", "TIME", "COMMAND"],
    ["root", "212", "2.5", "1.0", "2268", "1376", "?", "Ss", "Nov02", "62:05", "sleep 3000"],
  ],
  ["-o pid,comm,args", ["PID", "COMMAND", "COMMAND"], ["212", "sleep", "sleep 3000"]],
  ["-eo user,pid,comm=NAME", ["USER", "PID", "NAME"], ["root", "212", "sleep"]],
  ["-o pid -o ppid,stat", ["PID", "PPID", "STAT"], ["212", "1", "Ss"]],
  ["-e", ["PID", "TTY", "TIME", "CMD"], ["212", "?", "01:02:05", "sleep"]],
])("ps %s", async (psArguments, titles, row) => {
  expect(await top(psArguments)).toEqual({
    status: 200,
    body: { Titles: titles, Processes: [row] },
  });
});

test("what a guest calls itself can't write on anybody's terminal", async () => {
  const evil = "\u001b]0;owned\u0007\u202egnp.exe\u009b31m\n";
  console.processes = [{ ...init, args: [evil, "x".repeat(10_000)], command: evil, user: evil }];
  const { body } = await top("-o user,comm,args,pid");
  const shown = (body as { Processes: string[][] }).Processes[0]!;
  expect(shown.join("")).toMatch(/^[\x20-\x7e]*$/);
  expect(shown[2]!.length).toBeLessThanOrEqual(4_096);
});

test.runIf(hasDockerCli)("docker top prints a table", async () => {
  const { stdout } = await docker(["top", "box", "-o", "pid,args"]);
  expect(
    stdout
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s{2,}/)),
  ).toEqual([
    ["PID", "COMMAND"],
    ["212", "sleep 3000"],
  ]);
});
