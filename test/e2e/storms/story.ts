import { type Calm, endOf, type Trouble } from "./calm.ts";

/** Lines of a trouble's log that are told. */
const MAX_LINES = 80;
const MAX_CHARACTERS = 400;

/** What belongs to a story. */
interface Frame {
  /** When the storm was over, since 1970. */
  readonly endedAtMs: number;
  /** Troubles that lasted longer have a story, milliseconds. */
  readonly longMs: number;
  /** So much of what was logged before the end of the storm is told, milliseconds. */
  readonly beforeMs: number;
}

/** A line that one of our processes has logged. */
interface Line {
  readonly role: string;
  readonly time: string;
  readonly level: string;
  readonly text: string;
}

/** The story of each trouble after a storm: what was said of it, and what our processes, by role, logged about it; times in seconds after the storm. */
export function storyOf(
  { troubles }: Calm,
  logs: ReadonlyMap<string, string>,
  { endedAtMs, longMs, beforeMs }: Frame,
): string {
  const lines = [...logs]
    .flatMap(([role, log]) => linesOf(role, log))
    .filter(({ time }) => Date.parse(time) > endedAtMs - beforeMs)
    .toSorted((a, b) => a.time.localeCompare(b.time));
  return troubles
    .filter((trouble) => endOf(trouble) > longMs)
    .map((trouble) => tell(trouble, lines, endedAtMs))
    .join("\n\n");
}

function tell(trouble: Trouble, lines: readonly Line[], endedAtMs: number): string {
  const { about, names, fromMs, untilMs, said } = trouble;
  const ended = untilMs === undefined ? "to the end" : `to ${seconds(untilMs)}`;
  const own = lines
    .filter((line) => isGeneral(line) || names.some((name) => line.text.includes(name)))
    .map(({ role, time, level, text }) =>
      [seconds(Date.parse(time) - endedAtMs), role, level, text.slice(0, MAX_CHARACTERS)].join(" "),
    );
  return [
    `${about}, from ${seconds(fromMs)} ${ended}:`,
    ...said.map(({ atMs, what }) => `  ${seconds(atMs)} ${what}`),
    ...own.slice(-MAX_LINES).map((line) => `    ${line}`),
  ].join("\n");
}

/** Whether a line tells of trouble that isn't one object's: a connection, a watch, the lease. */
const isGeneral = ({ level, text }: Line): boolean =>
  level !== "debug" && !text.includes('"object":');

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** What a process logged in lines of JSON; other lines are left out. */
function linesOf(role: string, log: string): Line[] {
  return log.split("\n").flatMap((line) => {
    if (!line.startsWith("{")) return [];
    const { time, level, msg, ...rest } = parsed(line);
    if (typeof time !== "string" || typeof level !== "string") return [];
    return [{ role, time, level, text: `${String(msg)} ${JSON.stringify(rest)}` }];
  });
}

/** A line may be cut where its process was killed. */
function parsed(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}
