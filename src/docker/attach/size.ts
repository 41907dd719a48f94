import type { Size } from "../../console/client/console-client.ts";
import { invalidParameter } from "../errors.ts";
import type { DockerQuery } from "../http/query.ts";

const MAX = 65_535; // a terminal's size is two unsigned 16-bit numbers (ioctl_tty(2))

/** The size in `?h=…&w=…`; undefined for 0 by 0, which means none. @throws DockerError 400 in dockerd's words */
export function sizeOf(query: DockerQuery): Size | undefined {
  const height = dimension("height", query.text("h"));
  const width = dimension("width", query.text("w"));
  return height === 0 && width === 0 ? undefined : { width, height };
}

function dimension(name: string, text: string): number {
  if (!/^[+-]?\d+$/.test(text)) {
    throw invalidParameter(`invalid resize ${name} ${JSON.stringify(text)}: invalid syntax`);
  }
  const value = Number(text);
  if (value < 0 || value > MAX)
    throw invalidParameter(`invalid resize ${name} ${JSON.stringify(text)}: value out of range`);
  return value;
}
