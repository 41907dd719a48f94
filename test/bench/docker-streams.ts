import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { WholeLab } from "../e2e/docker/whole-lab.ts";
import type { Section } from "./section.ts";
import { describeSpread, median } from "./statistics.ts";
import { repeated, timed } from "./timing.ts";

const KEYS = 100;
const EXECS = 20;
const LOG_MB = 50;

/** What passes between a docker command and a container's process. */
export const dockerStreams: Section = async ({ note }) => {
  const lab = await WholeLab.start();
  try {
    await lab.docker.get("pull", "-q", "busybox");
    await lab.docker.get("run", "-d", "--name", "bench", "busybox", "sleep", "100000");
    const first = await timed(() => lab.docker.get("exec", "bench", "true"));
    note(`the first exec: ${first.toFixed(0)} ms`);
    const execs = await repeated(EXECS, () => lab.docker.get("exec", "bench", "true"), 1);
    const keys = await echoes(lab);
    await lab.docker.get("rm", "-f", "bench");
    const seconds = await readLongLog(lab);
    return [
      {
        name: "keystroke echo through docker exec -it, p50",
        value: median(keys),
        unit: "ms",
        atMost: 30,
        detail: describeSpread(keys, "ms"),
      },
      {
        name: "docker exec of true, p50",
        value: median(execs),
        unit: "ms",
        atMost: 300,
        detail: `${describeSpread(execs, "ms")}; the very first, with the line's handshake, ${first.toFixed(0)} ms`,
      },
      {
        name: `docker logs of ${LOG_MB} MB, time for each 20 MB`,
        value: (seconds / LOG_MB) * 20,
        unit: "s",
        atMost: 1,
        detail: `${(LOG_MB / seconds).toFixed(1)} MB/s`,
      },
    ];
  } finally {
    await lab.stop();
  }
};

/** Types one letter after the other into a shell on a terminal, each when the one before has been seen. */
async function echoes(lab: WholeLab): Promise<number[]> {
  const terminal = path.join(import.meta.dirname, "../e2e/docker/terminal.py");
  const command = [lab.docker.program, "exec", "-it", "bench", "sh", "-c", "echo ready; exec cat"];
  const child = spawn("python3", [terminal, "24", "80", ...command], {
    env: lab.docker.environment,
    stdio: ["pipe", "pipe", "inherit", "pipe"],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error("no pipes");
  let shown = "";
  let heard = (): void => undefined;
  stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
    heard();
  });
  const shows = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      heard = () => {
        if (holds()) resolve();
      };
      heard();
    });
  await shows(() => shown.includes("ready"));
  const taken = await repeated(
    KEYS,
    async () => {
      shown = "";
      stdin.write("x");
      await shows(() => shown.includes("x"));
    },
    5,
  );
  child.kill();
  return taken;
}

/** Seconds until docker has printed a log of 50 MB, which is put where a container of some days would have it. */
async function readLongLog(lab: WholeLab): Promise<number> {
  await lab.docker.get("run", "--name", "talker", "busybox", "echo", "begin");
  const id = await lab.docker.get("inspect", "-f", "{{.Id}}", "talker");
  const file = path.join(lab.installation.datastore("ssd-1"), id, `${id}.log`);
  const lines = (await readFile(file, "utf8")).split("\n");
  const at = lines.findIndex((line) => line.includes(" stdout "));
  const sample = (lines[at] ?? "").replace("begin", "0123456789".repeat(10));
  const content = sample.slice(sample.indexOf(" F ") + 3).length + 1;
  const many = Array.from({ length: Math.ceil((LOG_MB * 1e6) / content) }, () => sample);
  await writeFile(file, [...lines.slice(0, at + 1), ...many, ...lines.slice(at + 1)].join("\n"));
  let read = 0;
  const ms = await timed(async () => {
    const child = spawn(lab.docker.program, ["logs", "talker"], { env: lab.docker.environment });
    for await (const chunk of child.stdout) read += (chunk as Buffer).length;
  });
  if (read < LOG_MB * 1e6) throw new Error(`docker logs printed ${read} bytes`);
  await lab.docker.get("rm", "talker");
  return ms / 1000;
}
