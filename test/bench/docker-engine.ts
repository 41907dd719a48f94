import { setTimeout as sleep } from "node:timers/promises";
import { type Engines, startEngines } from "../e2e/docker/engines.ts";
import { untilSeen } from "../e2e/until-seen.ts";
import { callFigures, compareCalls, type Peers } from "./engine-calls.ts";
import { EngineClient } from "./engine-client.ts";
import type { Figure } from "./figure.ts";
import { inTurns } from "./in-turns.ts";
import { readCpu, readMemory } from "./proc.ts";
import type { Section } from "./section.ts";
import { describeSpread, median } from "./statistics.ts";
import { repeated, timed } from "./timing.ts";

const STATS = 30;
const CREATES = 30;
const PARALLEL = 200;
const IDLE_CONNECTIONS = 2000;
const IDLE_MS = 20_000;
/** How long the VMs of a crowd may take. */
const SETTLE_MS = 300_000;
const create = { Image: "busybox", Cmd: ["true"] };

/** The Engine API itself, beside dockerd's: single calls, crowds, connections that wait. */
export const dockerEngine: Section = async ({ note }) => {
  const engines = await startEngines();
  const ours = await EngineClient.for(engines.gateway.environment);
  const theirs = await EngineClient.for(engines.daemon.environment);
  const overTls = await EngineClient.for(engines.daemonOverTls);
  const peers: Peers = { ours, socket: theirs, tls: overTls };
  try {
    const pings = await compareCalls(peers, (engine) => engine.want([200], "GET", "/_ping"));
    const figures = callFigures("ping", pings);
    const one = await made(ours);
    const other = await made(theirs);
    const inspected = (): ReturnType<typeof compareCalls> =>
      compareCalls(peers, (engine, name) =>
        engine.want([200], "GET", `/containers/${name === "ours" ? one : other}/json`),
      );
    figures.push(...(await creates(ours, theirs)));
    const few = await inspected();
    figures.push(...callFigures("inspect", few));
    const running = await started(ours);
    const sampled = (): Promise<number[]> =>
      repeated(STATS, () =>
        ours.want([200], "GET", `/containers/${running}/stats?stream=false&one-shot=true`),
      );
    const fewStats = await sampled();

    const failures: string[] = [];
    const begun = performance.now();
    await inTurns(numbered("parallel", PARALLEL), PARALLEL, async (name) => {
      const { status, text } = await ours.ask("POST", `/containers/create?name=${name}`, create);
      if (status !== 201) failures.push(`${status} ${text}`);
    });
    const seconds = (performance.now() - begun) / 1000;
    figures.push({
      name: `${PARALLEL} parallel creates, errors`,
      value: failures.length,
      unit: "",
      atMost: 0,
      detail: [`${seconds.toFixed(1)} s`, ...failures.slice(0, 3)].join("\n"),
    });

    await fill(engines, ours, 1000, note);
    const many = await inspected();
    figures.push({
      name: "inspect with 1000 containers, of the same with 30",
      // Each of dockerd's in the same minute, which has 30 all the time: so that the machine's load drops out.
      value: many.ours / many.tls / (few.ours / few.tls),
      unit: "×",
      atMost: 1.25,
      detail: `${many.ours.toFixed(3)} ms to ${few.ours.toFixed(3)} ms; dockerd's ${many.tls.toFixed(3)} and ${few.tls.toFixed(3)} ms`,
    });
    figures.push(await lists(ours, 1000, 50));
    await fill(engines, ours, 2000, note);
    figures.push(await lists(ours, 2000, 80));
    const manyStats = await sampled();
    figures.push({
      name: "stats of a container among 2000, of the same among 30",
      value: median(manyStats) / median(fewStats),
      unit: "×",
      atMost: 1.5,
      detail: `${describeSpread(manyStats, "ms")} to ${describeSpread(fewStats, "ms")}`,
    });
    figures.push(await memory(engines));
    figures.push(await idleConnections(engines, ours, one, note));
    return figures;
  } finally {
    ours.close();
    theirs.close();
    overTls.close();
    await engines.stop();
  }
};

const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

async function made(engine: EngineClient): Promise<string> {
  return (
    JSON.parse(await engine.want([201], "POST", "/containers/create", create)) as { Id: string }
  ).Id;
}

/** A container whose process runs, its line to the console included. */
async function started(engine: EngineClient): Promise<string> {
  const body = { Image: "busybox", Cmd: ["sleep", "100000"] };
  const answer = await engine.want([201], "POST", "/containers/create", body);
  const { Id } = JSON.parse(answer) as { Id: string };
  await engine.want([204], "POST", `/containers/${Id}/start`);
  return Id;
}

async function lists(engine: EngineClient, containers: number, atMost: number): Promise<Figure> {
  const ask = (): Promise<string> => engine.want([200], "GET", "/containers/json?all=1");
  const taken = await repeated(40, ask, 10);
  return {
    name: `ps of ${containers} containers, p50`,
    value: median(taken),
    unit: "ms",
    atMost,
    detail: describeSpread(taken, "ms"),
  };
}

async function creates(ours: EngineClient, theirs: EngineClient): Promise<Figure[]> {
  const own: number[] = [];
  const peer: number[] = [];
  for (let turn = 0; turn < CREATES; turn++) {
    // oxlint-disable no-await-in-loop -- alternating
    own.push(await timed(() => made(ours)));
    peer.push(await timed(() => made(theirs)));
  }
  return [
    {
      name: "create, of dockerd's, p50",
      value: median(own) / median(peer),
      unit: "×",
      atMost: 2,
      detail: `${describeSpread(own, "ms")} to ${describeSpread(peer, "ms")}`,
    },
  ];
}

/** Makes containers until there are so many, and waits until what follows on that has been done. */
async function fill(
  { lab }: Engines,
  engine: EngineClient,
  wanted: number,
  note: (line: string) => void,
): Promise<void> {
  const list = async (): Promise<number> =>
    (JSON.parse(await engine.want([200], "GET", "/containers/json?all=1")) as unknown[]).length;
  const missing = wanted - (await list());
  const seconds =
    (await timed(() =>
      inTurns(numbered(`to-${wanted}`, missing), 8, async (name) => {
        await engine.want([201], "POST", `/containers/create?name=${name}`, create);
      }),
    )) / 1000;
  note(`${missing} containers made in ${seconds.toFixed(0)} s`);
  const deadline = Date.now() + SETTLE_MS;
  while ((await lab.installation.vms()).length < wanted && Date.now() < deadline) await sleep(1000);
  await sleep(5000); // what follows on the creation of the last
  note(`the VMs of ${wanted} containers are there`);
}

/** What the gateway's process needs for connections on which nothing comes, milliseconds of a second. */
async function idleConnections(
  { lab }: Engines,
  engine: EngineClient,
  container: string,
  note: (line: string) => void,
): Promise<Figure> {
  const pid = await lab.installation.pid("gateway");
  const used = async (): Promise<number> => {
    const before = await readCpu(pid);
    await sleep(IDLE_MS);
    return ((await readCpu(pid)) - before) / (IDLE_MS / 1000);
  };
  const without = await used();
  const open = await Promise.all(
    Array.from({ length: IDLE_CONNECTIONS }, (_, index) =>
      index % 2 === 0
        ? engine.begin("POST", `/containers/${container}/wait?condition=next-exit`)
        : engine.begin("GET", "/events"),
    ),
  );
  note(`${open.length} connections wait`);
  await sleep(3000);
  const withThem = await used();
  const { resident } = await readMemory(pid);
  for (const response of open) response.destroy();
  return {
    name: `${IDLE_CONNECTIONS} idle wait and events connections, CPU`,
    value: Math.max(0, withThem - without),
    unit: "ms/s",
    atMost: 5,
    detail: `${withThem.toFixed(1)} ms/s with them, ${without.toFixed(1)} without; ${(resident / 1e6).toFixed(0)} MB resident meanwhile`,
  };
}

async function memory({ lab }: Engines): Promise<Figure> {
  const { resident, peak } = await readMemory(await lab.installation.pid("gateway"));
  await lab.installation.kill("gateway");
  await untilSeen(
    "the next gateway",
    () => lab.docker.run(["ps", "-aq"]),
    ({ stdout }) => stdout.split("\n").length > 2000,
  );
  await sleep(5000);
  const next = await readMemory(await lab.installation.pid("gateway"));
  return {
    name: "gateway's memory with 2000 containers",
    value: resident / 1e6,
    unit: "MB",
    atMost: 200,
    detail: [
      `of the one that has made them; at most ${(peak / 1e6).toFixed(0)} MB`,
      `of the next, which has listed them, ${(next.resident / 1e6).toFixed(0)} MB`,
    ].join("\n"),
  };
}
