import { setTimeout as sleep } from "node:timers/promises";

/** Something that isn't in order yet. */
export interface Complaint {
  /** What it is about, in one word: by this it is the same complaint from look to look. */
  readonly about: string;
  readonly what: string;
  /** What else logs call it by. */
  readonly names?: readonly string[];
}

/** A complaint, from when to when it lasted, milliseconds after the storm; without an end where it never ended. */
export interface Trouble {
  readonly about: string;
  readonly names: readonly string[];
  readonly fromMs: number;
  readonly untilMs?: number;
  /** All that was said of it, with when it was first said. */
  readonly said: readonly { readonly atMs: number; readonly what: string }[];
}

interface Lasting extends Omit<Trouble, "said"> {
  readonly said: { atMs: number; what: string }[];
}

/** Between two looks, milliseconds. */
const LOOK_MS = 500;

/** How things came to order again. */
export interface Calm {
  /** Undefined where they didn't. */
  readonly tookMs: number | undefined;
  /** The one that lasted latest first. */
  readonly troubles: readonly Trouble[];
}

/** Looks until nothing is complained of any more, and remembers what was complained of for how long. A look that fails is a complaint of its own. */
export async function becalm(
  look: () => Promise<readonly Complaint[]>,
  patienceMs: number,
): Promise<Calm> {
  const begun = performance.now();
  const now = (): number => Math.round(performance.now() - begun);
  const lasting = new Map<string, Lasting>();
  const ended: Trouble[] = [];
  for (;;) {
    const seen = await look().catch((error: unknown) => String(error));
    const atMs = now();
    const isBlind = typeof seen === "string";
    const complaints = isBlind ? [{ about: "the look itself", what: seen }] : seen;
    for (const complaint of complaints) remember(lasting, complaint, atMs);
    for (const [about, trouble] of lasting) {
      // What couldn't be looked at may go on.
      if (isBlind || complaints.some((each) => each.about === about)) continue;
      lasting.delete(about);
      ended.push({ ...trouble, untilMs: atMs });
    }
    if (complaints.length === 0 || atMs > patienceMs) break;
    await sleep(LOOK_MS);
  }
  return {
    tookMs: lasting.size === 0 ? now() : undefined,
    troubles: [...lasting.values(), ...ended].toSorted((a, b) => endOf(b) - endOf(a) || 0),
  };
}

function remember(
  lasting: Map<string, Lasting>,
  { about, what, names = [] }: Complaint,
  atMs: number,
): void {
  const trouble = lasting.get(about) ?? { about, names: [about, ...names], fromMs: atMs, said: [] };
  if (trouble.said.at(-1)?.what !== what) trouble.said.push({ atMs, what });
  lasting.set(about, trouble);
}

/** When a trouble was over, milliseconds after the storm. */
export const endOf = ({ untilMs = Infinity }: Trouble): number => untilMs;
