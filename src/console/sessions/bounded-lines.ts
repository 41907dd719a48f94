import type { Readable } from "node:stream";

/**
 * The lines of a guest's output. A guest that is out of its mind may write what it likes: lines that are too long are left out, and
 * never more than one is held.
 * @param max characters of a line at most
 * @param onOutput called whenever there is output
 */
export async function* boundedLines(
  output: Readable,
  max: number,
  onOutput: () => void = () => {},
): AsyncGenerator<string> {
  let held = "";
  let skipping = false;
  for await (const chunk of output.setEncoding("utf8") as AsyncIterable<string>) {
    onOutput();
    for (const [index, part] of chunk.split("\n").entries()) {
      if (index > 0) {
        if (!skipping) yield held;
        held = "";
        skipping = false;
      }
      if (held.length + part.length > max) skipping = true;
      held = skipping ? "" : held + part;
    }
  }
  yield held;
}
