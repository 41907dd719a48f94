/** A guest's word as people may see it in a table: bounded, and without characters that a terminal obeys. */
export const shown = (text: string, maxLength: number): string =>
  // oxlint-disable-next-line no-control-regex -- these are the ones
  text
    .slice(0, maxLength)
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, "?");
