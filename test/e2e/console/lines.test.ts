// Serial lines of booted VMs where things are not as we assume, or several consoles share them.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { WholeLab } from "../docker/whole-lab.ts";
import { untilSeen } from "../until-seen.ts";

let lab: WholeLab;
const names: string[] = [];

beforeAll(async () => {
  lab = await WholeLab.start("--consoles", "2");
  await lab.docker.get("pull", "-q", "busybox");
});
afterAll(() => lab?.stop());
afterEach(async () => {
  await lab.installation.order("DELETE", "/assume");
  await lab.docker.run(["rm", "-f", ...names.splice(0)]);
});

const assume = (assumptions: object) => lab.installation.order("POST", "/assume", assumptions);

/** Containers that count aloud, for ever. */
async function counters(...all: string[]): Promise<void> {
  names.push(...all);
  const script = "i=0; while true; do i=$((i + 1)); echo $i; sleep 0.05; done";
  await Promise.all(
    all.map((name) => lab.docker.get("run", "-d", "--name", name, "busybox", "sh", "-c", script)),
  );
}

/** docker with the numbers that it has said, while it runs. */
function follow(...args: string[]) {
  const child: ChildProcessWithoutNullStreams = spawn(lab.docker.program, args, {
    env: lab.docker.environment,
  });
  let said = "";
  let complained = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complained += text));
  const numbers = (): number[] => said.split("\n").slice(0, -1).map(Number);
  return {
    child,
    numbers,
    ended: once(child, "close").then(() => complained),
    counts: (more: number) =>
      untilSeen(
        `${more} numbers of docker ${args.join(" ")}`,
        () => Promise.resolve(numbers()),
        (seen) => seen.length >= more,
      ),
  };
}

const isConsecutive = (numbers: readonly number[]): boolean =>
  numbers.every((value, index) => index === 0 || value === (numbers[index - 1] ?? 0) + 1);

const execWorks = (name: string) =>
  untilSeen(
    `an exec in ${name}`,
    () => lab.docker.run(["exec", name, "echo", "here"]),
    ({ code, stdout }) => code === 0 && stdout === "here\n",
  );

/** How many lines have come to a console so far. */
const linesOf = async (role: string): Promise<number> =>
  (await lab.installation.logOf(role)).split("a serial line has come").length - 1;

test("two consoles share the lines of VMs, and the way to each is found through either", async () => {
  const all = ["shared-1", "shared-2", "shared-3"];
  await counters(...all);
  const attached = all.map((name) => follow("attach", "--no-stdin", name));
  await Promise.all([...attached.map(({ counts }) => counts(5)), ...all.map(execWorks)]);
  expect(await linesOf("console")).toBeGreaterThan(0);
  const before = await linesOf("console-2");
  expect(before).toBeGreaterThan(0);

  await lab.installation.kill("console");
  await lab.installation.kill("console-2");
  const complaints = await Promise.all(attached.map(({ ended }) => ended));
  for (const complaint of complaints) expect(complaint).not.toBe("");

  await Promise.all(all.map(execWorks));
  const again = all.map((name) => follow("attach", "--no-stdin", name));
  await Promise.all(again.map(({ counts }) => counts(5)));
  for (const { child, numbers } of [...attached, ...again]) {
    child.kill();
    expect(isConsecutive(numbers())).toBe(true);
  }
  expect((await linesOf("console")) + (await linesOf("console-2"))).toBeGreaterThanOrEqual(6);
});

test("where hosts don't dial again, what needs the line says what to do, and the log goes on", async () => {
  await assume({ noSerialRedial: true });
  await counters("mute");
  const attached = follow("attach", "--no-stdin", "mute");
  await attached.counts(5);
  await execWorks("mute");
  await lab.installation.kill("console");
  await lab.installation.kill("console-2");
  await attached.ended;

  const refused = await untilSeen(
    "an exec's refusal",
    () => lab.docker.run(["exec", "mute", "true"]),
    ({ stderr }) => stderr.includes("No line to container"),
  );
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain("restart the container");
  const [logs, looking] = [follow("logs", "-f", "mute"), follow("attach", "--no-stdin", "mute")];
  await Promise.all([logs.counts(40), looking.counts(5)]);
  for (const { child, numbers } of [logs, looking]) {
    child.kill();
    expect(isConsecutive(numbers())).toBe(true);
  }
  expect(logs.numbers()[0]).toBe(1);

  await lab.docker.get("restart", "-t", "0", "mute");
  await execWorks("mute");
});

test("where a log shows late, and a server knows neither HEAD nor ranges, nothing is missing", async () => {
  await assume({ lateLogsMs: 3000, noHead: true, noRanges: true });
  names.push("late");
  const script = "echo one; echo two >&2; sleep 1; echo three";
  const run = ["run", "--name", "late", "busybox", "sh", "-c", script];
  expect(await lab.docker.run(run)).toMatchObject({
    code: 0,
    stdout: "one\nthree\n",
    stderr: "two\n",
  });
  await untilSeen(
    "its last line",
    () => lab.docker.run(["logs", "--tail", "2", "late"]),
    ({ stdout, stderr }) => stdout === "three\n" && stderr === "two\n",
  );
});

test("where a log can't be read while its VM is on, docker logs says so, and run has every byte", async () => {
  await assume({ lockedReads: true });
  names.push("locked");
  const script = "for i in $(seq 1 100); do echo $i; done; read go; echo done";
  const run = follow("run", "-i", "--name", "locked", "busybox", "sh", "-c", script);
  await run.counts(100);
  const refused = await lab.docker.run(["logs", "locked"]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("as long as its VM is on");
  run.child.stdin.end("go\n");
  expect(await run.ended).toBe("");
  expect(isConsecutive(run.numbers().slice(0, -1))).toBe(true);
  // Its end is told before its VM is off.
  const { stdout } = await untilSeen(
    "its log",
    () => lab.docker.run(["logs", "locked"]),
    ({ code }) => code === 0,
  );
  expect(stdout.split("\n").slice(-3)).toEqual(["100", "done", ""]);
});
