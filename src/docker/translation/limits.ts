import { invalidParameter } from "../errors.ts";
import type { CreateSpec } from "./create-spec.ts";

/** Of environment and labels together, in bytes: they stand in the resource and in the VM's configuration. */
export const maximumTextBytes = 256 * 1024;
const maximumEntries = 256;
const maximumValueBytes = 32 * 1024;

/** @throws DockerError 400 naming what is too large */
export function checkLimits(spec: CreateSpec): void {
  const env = (spec.env ?? []).map(({ name, value }) => [name, value] as const);
  const labels = Object.entries(spec.labels ?? {});
  for (const [what, entries] of [
    ["environment", env],
    ["labels", labels],
  ] as const) {
    if (entries.length > maximumEntries) {
      throw invalidParameter(`${what}: more than ${maximumEntries} entries`);
    }
    const large = entries.find(([, value]) => Buffer.byteLength(value) > maximumValueBytes);
    if (large !== undefined) {
      throw invalidParameter(
        `${what}: ${large[0].slice(0, 64)} holds more than ${maximumValueBytes} bytes`,
      );
    }
  }
  const size = [...env, ...labels].flat().reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (size > maximumTextBytes) {
    throw invalidParameter(
      `environment and labels together are larger than ${maximumTextBytes} bytes`,
    );
  }
  const words = [...(spec.entrypoint ?? []), ...(spec.command ?? [])];
  if (words.length > maximumEntries)
    throw invalidParameter(`more than ${maximumEntries} arguments`);
  if (words.some((word) => Buffer.byteLength(word) > maximumValueBytes)) {
    throw invalidParameter(`an argument holds more than ${maximumValueBytes} bytes`);
  }
  if ((spec.groups?.length ?? 0) > 64) throw invalidParameter("more than 64 further groups");
  if ((spec.exposedPorts?.length ?? 0) > 128) throw invalidParameter("more than 128 exposed ports");
}
