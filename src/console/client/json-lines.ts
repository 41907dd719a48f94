import { type ClientHttp2Stream, constants } from "node:http2";
import { Readable } from "node:stream";
import { unavailable } from "./http2-pool.ts";

const MAX_LINE = 4 * 1024 * 1024;

/** Lines of JSON of an answer, as objects; whoever destroys it hangs up. An end that isn't one is an error. */
export function jsonLines(stream: ClientHttp2Stream): Readable {
  let held = "";
  let whole = false;
  let cause: Error = new Error("it hung up");
  const objects = new Readable({
    objectMode: true,
    highWaterMark: 8,
    read: () => void stream.resume(),
    destroy(error, done) {
      stream.close(constants.NGHTTP2_CANCEL);
      done(error);
    },
  });
  objects.on("error", () => {}); // whoever reads them hears of it; nobody may, yet
  stream
    .setEncoding("utf8")
    .on("data", (chunk: string) => {
      const lines = (held + chunk).split("\n");
      held = lines.pop() ?? "";
      try {
        if (held.length > MAX_LINE) throw new Error("its answer is too long");
        const room = lines.map((line) => line === "" || objects.push(JSON.parse(line)));
        if (room.at(-1) === false) stream.pause();
      } catch (error) {
        objects.destroy(unavailable(error));
      }
    })
    .on("end", () => {
      // A reset ends it too; its code tells which it was.
      if (held !== "" || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
      whole = true;
      objects.push(null);
    })
    .on("error", (error: Error) => (cause = error))
    .on("close", () => {
      if (!whole) objects.destroy(unavailable(cause));
    });
  stream.pause();
  return objects;
}
