import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerVM } from "../../src/api/containervm.gen.ts";
import { type Calls, describeCalls, sumOfCalls } from "./calls.ts";
import type { Figure } from "./figure.ts";
import { inTurns } from "./in-turns.ts";
import type { Section } from "./section.ts";
import { SimulatedLab } from "./simulated-lab.ts";
import { describeWrites, isAside, sumOfWrites, type Writes, writesBetween } from "./writes.ts";

/** Containers whose lives go on at once. */
const atOnce = 5;
/** After what is awaited, so that what comes late is counted: statuses are held back up to a second, and events. */
const settleMs = 4000;

/** What the life of a container costs in calls of vSphere and in writes of the API server. */
export const life: Section = async ({ lives, note }) => {
  const setting = await SimulatedLab.start();
  try {
    const names = Array.from({ length: lives }, (_, index) => `life-${index}`);
    const { lab, tenant } = setting;
    const phase = async (what: string, act: (name: string) => Promise<void>): Promise<Calls> => {
      note(`${lives} containers: ${what}`);
      await lab.resetCalls();
      await inTurns(names, atOnce, act);
      await sleep(settleMs);
      return lab.calls();
    };
    const start = (name: string, ...command: string[]): Promise<unknown> =>
      tenant.container(name, command);
    const until = (
      name: string,
      test: (status: ContainerVM["status"]) => boolean,
    ): Promise<unknown> => tenant.until("ContainerVM", name, ({ status }) => test(status), 60_000);
    const remove = async (name: string): Promise<void> => {
      await tenant.delete("ContainerVM", name);
      await tenant.gone("ContainerVM", name, 60_000);
    };

    const before = await setting.writes();
    const starting = await phase("create and start", async (name) => {
      await start(name, "sleep", "1000");
      await until(name, (status) => status?.state === "Running" && status.tools === "Running");
    });
    const deleting = await phase("stop and delete", remove);
    const between = await setting.writes();
    await phase("start, end by themselves, delete", async (name) => {
      await start(name, "sleep", "2");
      await until(name, (status) => status?.state === "Exited");
      await remove(name);
    });
    const after = await setting.writes();
    return [
      callsFigure("create and start", starting, lives, 2),
      callsFigure("stop and delete", deleting, lives, 3),
      writesFigure("started, stopped and deleted", writesBetween(before, between), lives),
      writesFigure("ended by itself, then deleted", writesBetween(between, after), lives),
    ];
  } finally {
    await setting.stop();
  }
};

const callsFigure = (what: string, calls: Calls, lives: number, atMost: number): Figure => ({
  name: `vSphere calls per container: ${what}`,
  value: sumOfCalls(calls) / lives,
  unit: "",
  atMost,
  detail: `over ${lives}: ${describeCalls(calls)}`,
});

/** The user's own apply and delete are no cost of ours. */
function writesFigure(what: string, writes: Writes, lives: number): Figure {
  const own = new Map([...writes].filter(([key]) => !isAside(key)));
  const aside = new Map([...writes].filter(([key]) => isAside(key)));
  return {
    name: `API server writes per life: ${what}`,
    value: sumOfWrites(writes) / lives - 2,
    unit: "",
    atMost: 8,
    detail: [
      `per life, with the user's two: ${describeWrites(own, lives)}`,
      `apart: ${describeWrites(aside, lives)}`,
    ].join("\n"),
  };
}
