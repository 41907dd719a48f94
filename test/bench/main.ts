// npm run bench: the figures that the product promises, measured on this machine; docs/bench.md says how.
import { mkdir, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type BenchArguments, parseBenchArguments, usage } from "./arguments.ts";
import { crowdFigures } from "./crowd.ts";
import { dockerEngine } from "./docker-engine.ts";
import { dockerRun } from "./docker-run.ts";
import { dockerStreams } from "./docker-streams.ts";
import { type Figure, isMet, renderTable } from "./figure.ts";
import { fleet } from "./fleet.ts";
import { firstOutput } from "./first-output.ts";
import { life } from "./life.ts";
import { describeMachine } from "./machine.ts";
import { neighbours } from "./neighbours.ts";
import type { BenchOptions } from "./section.ts";

const result = path.resolve(import.meta.dirname, "../../.lab/bench.json");

/** Over the last minute: on a machine that is busy with other things, times say little. */
const load = (): string => (os.loadavg()[0] ?? 0).toFixed(1);

const note = (line: string): void => console.error(`  ${line}`);

async function measure({ sections, ...rest }: BenchArguments): Promise<Figure[]> {
  const options: BenchOptions = { ...rest, note };
  const figures: Figure[] = [];
  if (sections.includes("first-output")) figures.push(...(await firstOutput(options)));
  if (sections.includes("life")) figures.push(...(await life(options)));
  const ofCrowd = (["memory", "idle", "change", "restart"] as const).filter((name) =>
    sections.includes(name),
  );
  if (ofCrowd.length > 0) figures.push(...(await crowdFigures(ofCrowd, options)));
  if (sections.includes("fleet")) figures.push(...(await fleet(options)));
  if (sections.includes("neighbours")) figures.push(...(await neighbours(options)));
  if (sections.includes("docker-run")) figures.push(...(await dockerRun(options)));
  if (sections.includes("docker-streams")) figures.push(...(await dockerStreams(options)));
  if (sections.includes("docker-engine")) figures.push(...(await dockerEngine(options)));
  return figures;
}

async function main(args: BenchArguments): Promise<number> {
  const machine = await describeMachine();
  const before = load();
  const figures = await measure(args);
  console.log(
    `\n${machine}\nload average ${before} at first, ${load()} at last\n\n${renderTable(figures)}`,
  );
  await mkdir(path.dirname(result), { recursive: true });
  const report = { at: new Date().toISOString(), machine, arguments: args, figures };
  await writeFile(result, `${JSON.stringify(report, null, 2)}\n`);
  return figures.every(isMet) ? 0 : 1;
}

function parse(): BenchArguments | undefined {
  try {
    return parseBenchArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return undefined;
  }
}

const parsed = parse();
process.exitCode = parsed ? await main(parsed) : 2;
