import { spawn } from "node:child_process";
import { once } from "node:events";
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

const named = (name: string): string => {
  names.push(name);
  return name;
};

/** A docker command that goes on: what it has said so far, and a way to talk to it. */
function begin(...args: string[]) {
  const child = spawn(lab.docker.program, args, { env: lab.docker.environment });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  child.stdin.on("error", () => undefined);
  const ended = once(child, "close").then(([code]) => code as number | null);
  return {
    said,
    child,
    ended,
    says: (what: string) =>
      untilSeen(
        `docker ${args.join(" ")} to say ${JSON.stringify(what)}`,
        () => Promise.resolve(said.out),
        (out) => out.includes(what),
      ),
  };
}

test("standard input may end while output goes on", async () => {
  const name = named("half-closed");
  const { code, stdout } = await lab.docker.run(
    ["run", "-i", "--name", name, "busybox", "sh", "-c", "cat; sleep 1; echo after the end"],
    { input: "until the end\n" },
  );
  expect({ code, stdout }).toEqual({ code: 0, stdout: "until the end\nafter the end\n" });
});

test("all that are attached get all output from then on, and one that leaves takes nothing along", async () => {
  const name = named("shared");
  // Who hears it is attached.
  const waits = "until read -t 1 go; do echo waiting; done";
  const script = `${waits}; for i in $(seq 1 500); do echo line $i; done; read go`;
  await lab.docker.get("run", "-d", "-i", "--name", name, "busybox", "sh", "-c", script);
  const [first, second] = [
    begin("attach", "--no-stdin", name),
    begin("attach", "--no-stdin", name),
  ];
  const typist = begin("attach", name);
  await Promise.all([first, second, typist].map(({ says }) => says("waiting\n")));
  typist.child.stdin.write("go\n");
  await Promise.all([first, second, typist].map(({ says }) => says("line 500\n")));
  first.child.kill("SIGKILL");
  typist.child.stdin.end("go\n");
  expect(await second.ended).toBe(0);
  const all = Array.from({ length: 500 }, (_, index) => `line ${index + 1}\n`).join("");
  for (const { said } of [second, typist])
    expect(said.out.slice(said.out.indexOf("line 1\n"))).toBe(all);
});

test("an exec gets and gives every byte, many at once", async () => {
  const name = named("execs");
  await lab.docker.get("run", "-d", "--name", name, "busybox", "sleep", "1000");
  const input = Buffer.from(Uint8Array.from({ length: 20_000 }, (_, index) => index % 256));
  const runs = Array.from({ length: 4 }, () =>
    lab.docker.run(["exec", "-i", name, "md5sum"], { input }),
  );
  const sums = await Promise.all(runs);
  expect(new Set(sums.map(({ code, stdout }) => `${code} ${stdout}`)).size).toBe(1);
  expect(sums[0]?.code).toBe(0);
});

test("the end of a detached exec is told when it comes", async () => {
  const name = named("detached");
  await lab.docker.get("run", "-d", "--name", name, "busybox", "sleep", "1000");
  const waits = "until [ -e /go ]; do sleep 0.1; done; exit 4";
  await lab.docker.get("exec", "-d", name, "sh", "-c", waits);
  const format = "{{.Action}} {{.Actor.Attributes.exitCode}}";
  const events = begin("events", "--filter", `container=${name}`, "--format", format);
  await untilSeen(
    "an exec's end",
    async () => {
      await lab.docker.get("exec", name, "true");
      return events.said.out;
    },
    (out) => out.includes("exec_die 0"),
  );
  expect(events.said.out).not.toContain("exec_die 4");
  await lab.docker.get("exec", name, "touch", "/go");
  await events.says("exec_die 4");
  events.child.kill();
});

test("logs -f follows until the container ends, and since and until cut by time", async () => {
  const name = named("followed");
  const script = "echo one; sleep 2; echo two; sleep 2; echo three";
  await lab.docker.get("run", "-d", "--name", name, "busybox", "sh", "-c", script);
  const follower = begin("logs", "-f", "-t", name);
  expect(await follower.ended).toBe(0);
  const stamps = follower.said.out
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" "));
  expect(stamps.map(([, text]) => text)).toEqual(["one", "two", "three"]);
  const second = stamps[1]?.[0] ?? "";
  expect(await lab.docker.get("logs", "--since", second, name)).toBe("two\nthree");
  expect(await lab.docker.get("logs", "--until", second, name)).toMatch(/^one(\ntwo)?$/);
});

test("stats and top tell of the guest's processes", async () => {
  const name = named("busy");
  await lab.docker.get("run", "-d", "--name", name, "busybox", "sh", "-c", "while :; do :; done");
  const format = "{{.Name}}|{{.CPUPerc}}|{{.MemUsage}}|{{.PIDs}}";
  const stats = await lab.docker.get("stats", "--no-stream", "--format", format, name);
  const [who, cpu = "", memory, pids] = stats.split("|");
  expect(who).toBe(name);
  expect(Number.parseFloat(cpu)).toBeGreaterThan(10);
  expect(memory).toMatch(/[KM]iB \/ [\d.]+[MG]iB/);
  expect(Number(pids)).toBeGreaterThanOrEqual(1);
  expect(await lab.docker.get("top", name)).toMatch(/PID[\s\S]*while :/);
});

test("events come live, in the order of a container's life", async () => {
  const name = named("eventful");
  const format = "{{.Type}} {{.Action}} {{.Actor.Attributes.exitCode}}";
  const listener = begin("events", "--filter", `container=${name}`, "--format", format);
  const began = Math.floor(Date.now() / 1000);
  await untilSeen(
    "the listener to be there",
    async () => {
      await lab.docker.run(["create", "--name", name, "busybox", "sh", "-c", "exit 3"]);
      await lab.docker.run(["start", "-a", name]);
      return listener.said.out;
    },
    (out) => out.includes("die 3"),
  );
  await lab.docker.get("rm", name);
  await listener.says("container destroy");
  listener.child.kill();
  const heard = listener.said.out.trimEnd().split("\n");
  const life = ["create", "start", "die", "destroy"];
  const seen = heard.map((line) => line.split(" ")[1] ?? "").filter((one) => life.includes(one));
  expect(seen.slice(-3)).toEqual(life.slice(1));
  const until = String(Math.ceil(Date.now() / 1000));
  const span = ["events", "--since", String(began), "--until", until];
  const only = ["--filter", `container=${name}`, "--format", "{{.Action}}"];
  const past = await lab.docker.get(...span, ...only);
  expect(past.split("\n")).toEqual(expect.arrayContaining(life));
});

test("an image is pulled with progress per layer", async () => {
  const { code, stdout } = await lab.docker.run(["pull", `${lab.registry}/library/layers`]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^[0-9a-f]{12}: Pull complete$/m);
  expect(stdout).toMatch(/^Digest: sha256:[0-9a-f]{64}$/m);
  expect(stdout).toContain("Status: Downloaded newer image for");
});

test("a registry that demands a login gets it", async () => {
  const { installation, docker, registry } = lab;
  await installation.order("POST", "/registry/login", {
    mode: "bearer",
    username: "somebody",
    password: "secret",
  });
  try {
    const login = (password: string) =>
      docker.run(["login", "-u", "somebody", "--password-stdin", registry], { input: password });
    expect((await login("wrong")).code).toBe(1);
    expect((await docker.run(["pull", `${registry}/library/jq`])).code).toBe(1);
    expect(await login("secret")).toMatchObject({ code: 0 });
    expect((await docker.run(["pull", "-q", `${registry}/library/jq`])).code).toBe(0);
  } finally {
    await docker.run(["logout", registry]);
    await installation.order("DELETE", "/registry/faults");
  }
});
