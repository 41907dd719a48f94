/** A guest's word as people may see it in a table: bounded, and without characters that a terminal obeys or that reorder what is beside them. */
export const shown = (text: string, maxLength: number): string =>
  text.slice(0, maxLength).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
