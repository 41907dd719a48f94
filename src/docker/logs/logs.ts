import { Readable } from "node:stream";
import type { OutputFrame } from "../../console/client/console-client.ts";
import { resolveContainer } from "../containers/lookup/resolve.ts";
import type { Handler } from "../route.ts";
import { addressOf } from "../streams/container-target.ts";
import { streamContentType } from "../streams/hijack.ts";
import { encode, sendOutput } from "../streams/output.ts";
import { LineDetails } from "./details.ts";
import { logOptions } from "./log-options.ts";

/** `GET /containers/{name}/logs`: an ordinary answer in chunks, framed unless the container has a terminal. */
export const logs: Handler = async (request, response, tenant) => {
  const options = logOptions(request.query);
  const container = await resolveContainer(tenant, request.params["name"] ?? "");
  const tty = container.spec.tty === true;
  const { signal } = request;
  const output = await tenant.console.logs(addressOf(tenant, container), options, signal);
  const raw = response.stream(200, { "Content-Type": streamContentType(tty, request.minor) });
  const told = request.query.flag("details") ? withDetails(output, options.timestamps) : output;
  const end = await sendOutput(told, raw, tty, signal);
  if (end.type === "failed")
    raw.write(encode(tty, "error", Buffer.from(`Error grabbing logs: ${end.message}\n`)));
  raw.end();
};

function withDetails(output: Readable, timestamps: boolean): Readable {
  const lines = { stdout: new LineDetails(timestamps), stderr: new LineDetails(timestamps) };
  return Readable.from(
    (async function* detailed() {
      for await (const frame of output as AsyncIterable<OutputFrame>)
        yield "data" in frame ? { ...frame, data: lines[frame.type].push(frame.data) } : frame;
    })(),
  );
}
