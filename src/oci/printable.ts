/**
 * A stranger's text as people may read it: registries and guests say what they like. Without control characters and anything
 * beyond ASCII, which terminals and logs might obey, and bounded.
 */
export function printable(text: string, maxLength = 200): string {
  return text
    .slice(0, maxLength)
    .replace(/[^\x20-\x7e]/g, "?")
    .trim();
}
