import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { WholeLab } from "../e2e/docker/whole-lab.ts";
import { type Recipe, runBareUntilOff } from "./bare-boot.ts";
import { EngineClient } from "./engine-client.ts";
import { readCommand, readStart } from "./proc.ts";
import type { Section } from "./section.ts";
import { describeSpread, median } from "./statistics.ts";
import { timed } from "./timing.ts";
import { parseGuestInfo } from "./vmx.ts";
import { ensureLabBinary } from "../../scripts/lab/binary.ts";

/** How often it is looked whether a machine's process is there. */
const pollMs = 2;
const timeoutMs = 120_000;

/** `docker run --rm busybox true` beside the same machine without us, and what we add to the machine's own time. */
export const dockerRun: Section = async ({ pairs, note }) => {
  const lab = await WholeLab.start();
  const engine = await EngineClient.for(lab.docker.environment);
  try {
    await lab.docker.get("pull", "-q", "busybox");
    const recipe = await recipeOfTrue(lab);
    const binary = await ensureLabBinary();
    const run = (): Promise<number> =>
      timed(() => lab.docker.get("run", "--rm", "busybox", "true"));
    await runBareUntilOff(binary, recipe);
    await run();
    const ours: number[] = [];
    const bare: number[] = [];
    const lives: Life[] = [];
    for (let pair = 1; pair <= pairs; pair++) {
      // Who comes first changes, so that what the machine does meanwhile hits nobody always.
      let alone = pair % 2 === 0 ? await runBareUntilOff(binary, recipe) : Number.NaN;
      const own = await run();
      if (Number.isNaN(alone)) alone = await runBareUntilOff(binary, recipe);
      const life = await followOne(lab, engine);
      ours.push(own);
      bare.push(alone);
      lives.push(life);
      note(`pair ${pair}: ${own.toFixed(0)} ms, bare ${alone.toFixed(0)} ms`);
    }
    const spread = (values: readonly number[]): string => describeSpread(values, "ms");
    const part = (pick: (life: Life) => number): number[] => lives.map(pick);
    return [
      {
        name: "docker run --rm busybox true, of a bare QEMU's",
        value: median(ours) / median(bare),
        unit: "×",
        atMost: 1.3,
        detail: [
          `ours ${spread(ours)}; bare ${spread(bare)}`,
          `fastest of each: ${(Math.min(...ours) / Math.min(...bare)).toFixed(2)}`,
          `of one by the API: create ${spread(part(({ createMs }) => createMs))}`,
          `start to the machine's process ${spread(part(({ toProcessMs }) => toProcessMs))}`,
          `the machine ${spread(part(({ machineMs }) => machineMs))}`,
          `its end to the answer of wait ${spread(part(({ answerMs }) => answerMs))}`,
        ].join("\n"),
      },
      {
        name: "create → the machine's process, p50",
        value: median(part(({ createMs, toProcessMs }) => createMs + toProcessMs)),
        unit: "ms",
        atMost: 150,
      },
      {
        name: "the machine is off → docker wait answers, p50",
        value: median(part(({ answerMs }) => answerMs)),
        unit: "ms",
        atMost: 150,
      },
    ];
  } finally {
    engine.close();
    await lab.stop();
  }
};

/** Where the time of one container went, milliseconds. */
interface Life {
  readonly createMs: number;
  readonly toProcessMs: number;
  readonly machineMs: number;
  readonly answerMs: number;
}

/** Creates and starts a container by the API, and looks at its machine's process meanwhile. */
async function followOne(lab: WholeLab, engine: EngineClient): Promise<Life> {
  const begun = Date.now();
  const body = { Image: "busybox", Cmd: ["true"] };
  const { Id: id } = JSON.parse(await engine.want([201], "POST", "/containers/create", body)) as {
    Id: string;
  };
  const created = Date.now();
  const waiting = engine
    .want([200], "POST", `/containers/${id}/wait?condition=next-exit`)
    .then(() => Date.now());
  const starting = engine.want([204], "POST", `/containers/${id}/start`);
  const pid = await processOf(lab, id);
  const started = await readStart(pid);
  await gone(pid);
  const off = Date.now();
  const answered = await waiting;
  await starting;
  await engine.want([204], "DELETE", `/containers/${id}`);
  return {
    createMs: created - begun,
    toProcessMs: started - created,
    machineMs: off - started,
    answerMs: Math.max(0, answered - off),
  };
}

async function processOf(lab: WholeLab, id: string): Promise<number> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(pollMs))
    for (const { pid } of await lab.installation.vms())
      if (pid !== undefined && (await isOf(pid, id))) return pid;
  throw new Error(`no machine of ${id} came`);
}

const isOf = async (pid: number, id: string): Promise<boolean> =>
  (await readCommand(pid).catch(() => [])).some((word) => word.includes(`/${id}/`));

async function gone(pid: number): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(pollMs)) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
    if (stat === undefined || / [ZX] /.test(stat.slice(stat.lastIndexOf(")")))) return;
  }
  throw new Error(`process ${pid} doesn't end`);
}

/** The machine of a container that sleeps, with `true` in the sleep's place. */
async function recipeOfTrue(lab: WholeLab): Promise<Recipe> {
  const id = await lab.docker.get("run", "-d", "busybox", "sleep", "1000");
  const command = await readCommand(await processOf(lab, id));
  const vmx = await readFile(`${lab.installation.datastore("ssd-1")}/${id}/${id}.vmx`, "utf8");
  await lab.docker.get("rm", "-f", id);
  const guestInfo = parseGuestInfo(vmx);
  const config = JSON.parse(guestInfo["guestinfo.vic.config"] ?? "{}") as {
    process: { args: string[] };
  };
  config.process.args = ["true"];
  const changed = {
    ...guestInfo,
    "guestinfo.vic.config": JSON.stringify(config),
    "guestinfo.vic.report": "{}",
  };
  return { command, guestInfo: changed };
}
