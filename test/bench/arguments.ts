import { parseArgs } from "node:util";

/** The parts of the benchmarks by name, in the order in which they run. */
export const SECTIONS = [
  "first-output",
  "life",
  "memory",
  "idle",
  "change",
  "restart",
  "fleet",
  "neighbours",
  "docker-run",
  "docker-streams",
  "docker-engine",
] as const;
export type SectionName = (typeof SECTIONS)[number];

/** What follows `npm run bench --`. */
export interface BenchArguments {
  readonly sections: readonly SectionName[];
  readonly pairs: number;
  readonly lives: number;
  readonly containers: number;
  readonly idleSeconds: number;
}

export const usage = `npm run bench [-- docker] [-- --only ${SECTIONS.join(",")}]
  --pairs 5 --lives 20 --containers 1000 --idle-seconds 300`;

/** Reads the arguments; an error's message is for the user. */
export function parseBenchArguments(args: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      only: { type: "string", multiple: true, default: [] },
      pairs: { type: "string", default: "5" },
      lives: { type: "string", default: "20" },
      containers: { type: "string", default: "1000" },
      "idle-seconds": { type: "string", default: "300" },
    },
  });
  const groups = positionals.flatMap((group) => {
    const members = SECTIONS.filter((name) => name.startsWith(`${group}-`));
    return members.length > 0 ? members : [group];
  });
  const listed = values.only.flatMap((list) => list.split(",")).filter((name) => name !== "");
  const only = [...groups, ...listed];
  const unknown = only.filter((name) => !SECTIONS.some((section) => section === name));
  if (unknown.length > 0) throw new Error(`${unknown.join(", ")}: no such benchmark`);
  return {
    sections: only.length === 0 ? SECTIONS : SECTIONS.filter((name) => only.includes(name)),
    pairs: count("--pairs", values.pairs),
    lives: count("--lives", values.lives),
    containers: count("--containers", values.containers),
    idleSeconds: count("--idle-seconds", values["idle-seconds"]),
  };
}

function count(flag: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Error(`${flag} ${text}: a whole number from 1 on`);
  return Number(text);
}
