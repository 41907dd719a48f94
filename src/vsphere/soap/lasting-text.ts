/** V8 copies slices that are shorter. */
const SLICED = 13;
const SHARED_LENGTH = 80;
const SHARED_COUNT = 4096;

/** Texts that many objects have in common. */
const shared = new Map<string, string>();

/**
 * A text that may be kept for long. What a parser cuts out of a response keeps the whole response in memory (V8's sliced strings), which for an
 * inventory is many times what is kept of it; and what recurs, such as types and names of hosts, is kept once.
 */
export function lastingText(text: string): string {
  if (text.length < SLICED) return text;
  if (text.length > SHARED_LENGTH) return copy(text);
  const known = shared.get(text);
  if (known !== undefined) return known;
  if (shared.size >= SHARED_COUNT) shared.clear();
  const kept = copy(text);
  shared.set(kept, kept);
  return kept;
}

const copy = (text: string): string => Buffer.from(text, "utf16le").toString("utf16le");
