import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { untilSeen } from "../until-seen.ts";
import { WholeLab } from "./whole-lab.ts";

let lab: WholeLab;
const names: string[] = [];

beforeAll(async () => {
  lab = await WholeLab.start();
  await lab.docker.get("pull", "-q", "busybox");
});
afterAll(() => lab?.stop());
afterEach(async () => {
  await lab.docker.run(["rm", "-f", ...names.splice(0)]);
});

/** A container that counts aloud, for ever; on demand also with input. */
async function counter(name: string): Promise<void> {
  names.push(name);
  const script = "i=0; while true; do i=$((i + 1)); echo $i; sleep 0.05; done";
  await lab.docker.get("run", "-d", "--name", name, "busybox", "sh", "-c", script);
}

const vmOf = async (name: string): Promise<string> => {
  const id = await lab.docker.get("inspect", "-f", "{{.Id}}", name);
  const vms = await lab.installation.vms();
  const vm = vms.find((one) => one.name.endsWith(`-${id.slice(0, 12)}`));
  if (!vm) throw new Error(`no VM of ${name} among ${vms.map((one) => one.name).join(", ")}`);
  return vm.moref;
};

/** docker with what it has said, while it runs. */
function follow(...args: string[]) {
  const child: ChildProcessWithoutNullStreams = spawn(lab.docker.program, args, {
    env: lab.docker.environment,
  });
  const said: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => said.push(text));
  child.stderr.resume();
  return {
    child,
    ended: once(child, "close"),
    numbers: () => said.join("").split("\n").slice(0, -1).map(Number),
  };
}

/** Whether numbers follow on one another. */
const consecutive = (numbers: readonly number[]): boolean =>
  numbers.every((value, index) => index === 0 || value === (numbers[index - 1] ?? 0) + 1);

const counted = (numbers: () => number[], more: number): Promise<number[]> => {
  const from = numbers().at(-1) ?? 0;
  return untilSeen(
    `${more} numbers more than ${from}`,
    () => Promise.resolve(numbers()),
    (seen) => (seen.at(-1) ?? 0) >= from + more,
  );
};

test("a serial line that is cut and comes back loses and repeats nothing of what is followed", async () => {
  await counter("cut");
  const vm = await vmOf("cut");
  const attached = follow("attach", "--no-stdin", "cut");
  const logs = follow("logs", "-f", "cut");
  await Promise.all([counted(attached.numbers, 5), counted(logs.numbers, 5)]);
  for (const forMs of [0, 1500]) {
    // oxlint-disable no-await-in-loop -- one after the other
    await lab.installation.order("POST", `/vms/${vm}/serial/cut`, { forMs });
    await counted(logs.numbers, 40);
  }
  expect(consecutive(logs.numbers())).toBe(true);
  expect(consecutive(attached.numbers())).toBe(true);
  attached.child.kill();
  logs.child.kill();
  const { code, stdout } = await lab.docker.run(["exec", "cut", "echo", "works again"]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "works again\n" });
});

test("garbage from a guest harms nobody, and the line works afterwards", async () => {
  await counter("hostile");
  const vm = await vmOf("hostile");
  expect(await lab.docker.get("exec", "hostile", "echo", "before")).toBe("before");
  await lab.installation.order("POST", `/vms/${vm}/serial/garbage`, {
    to: "console",
    bytes: 1 << 20,
  });
  await lab.installation.order("POST", `/vms/${vm}/serial/garbage`, { to: "guest", bytes: 5000 });
  await untilSeen(
    "an exec after the garbage",
    () => lab.docker.run(["exec", "hostile", "echo", "after"], { timeoutMs: 60_000 }),
    ({ code, stdout }) => code === 0 && stdout === "after\n",
  );
});

test("a vMotion breaks no stream", async () => {
  await counter("moved");
  const vm = await vmOf("moved");
  const attached = follow("attach", "--no-stdin", "moved");
  await counted(attached.numbers, 5);
  for (let move = 0; move < 3; move++) {
    await lab.installation.order("POST", `/vms/${vm}/vmotion`);
    await counted(attached.numbers, 10);
  }
  expect(consecutive(attached.numbers())).toBe(true);
  const { lines } = (await lab.installation.order("GET", `/vms/${vm}/serial`)) as {
    lines: { dials: number }[];
  };
  expect(lines[0]?.dials).toBe(4);
  attached.child.kill();
});

test("a console that is killed ends what is attached to it, and a new attach works", async () => {
  await counter("orphan");
  const attached = follow("attach", "--no-stdin", "orphan");
  await counted(attached.numbers, 5);
  await lab.installation.kill("console");
  await attached.ended;
  const again = follow("logs", "-f", "orphan");
  await untilSeen(
    "the log to be followed again",
    async () => {
      if (again.child.exitCode === null) return again.numbers().length;
      Object.assign(again, follow("logs", "-f", "orphan"));
      return 0;
    },
    (lines) => lines > 20,
  );
  expect(consecutive(again.numbers())).toBe(true);
  again.child.kill();
});

test("a container outlives operator, console, gateway and API server, and loses no line", async () => {
  await counter("survivor");
  await sleep(500);
  for (const role of ["operator", "console", "gateway", "apiserver"])
    await lab.installation.kill(role);
  const logs = await untilSeen(
    "its log",
    () => lab.docker.run(["logs", "survivor"]),
    ({ code, stdout }) => code === 0 && stdout.split("\n").length > 60,
  );
  const numbers = logs.stdout.split("\n").slice(0, -1).map(Number);
  expect(numbers[0]).toBe(1);
  expect(consecutive(numbers)).toBe(true);
  expect(await lab.docker.get("inspect", "-f", "{{.State.Status}}", "survivor")).toBe("running");
});

test("a VM that is powered off behind our back has ended, with an exit code", async () => {
  await counter("cord");
  const waiting = lab.docker.run(["wait", "cord"]);
  const vm = await vmOf("cord");
  const { pid } = (await lab.installation.vms()).find(({ moref }) => moref === vm) ?? {};
  process.kill(pid ?? 0, "SIGKILL");
  const { code, stdout } = await waiting;
  expect(code).toBe(0);
  expect(Number(stdout)).toBeGreaterThan(0);
  expect(await lab.docker.get("inspect", "-f", "{{.State.Status}}", "cord")).toBe("exited");
});

test("twenty containers start at once, say what they have to say, and stop at once", async () => {
  const many = Array.from({ length: 20 }, (_, index) => `crowd-${index}`);
  names.push(...many);
  const script = "echo I am $0; exec sleep 1000";
  const runs = many.map((name) =>
    lab.docker.run(["run", "-d", "--name", name, "busybox", "sh", "-c", script, name], {
      timeoutMs: 400_000,
    }),
  );
  expect((await Promise.all(runs)).filter(({ code }) => code !== 0)).toEqual([]);
  await Promise.all(
    many.map(async (name) => {
      await untilSeen(
        `the word of ${name}`,
        () => lab.docker.get("logs", name),
        (text) => text === `I am ${name}`,
      );
    }),
  );
  const stops = many.map((name) =>
    lab.docker.run(["stop", "-t", "1", name], { timeoutMs: 400_000 }),
  );
  expect((await Promise.all(stops)).filter(({ code }) => code !== 0)).toEqual([]);
  const states = await lab.docker.get("inspect", "-f", "{{.State.Status}}", ...many);
  expect(new Set(states.split("\n"))).toEqual(new Set(["exited"]));
});
