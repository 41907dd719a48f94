import { DockerError } from "../errors.ts";

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const DURATION = /^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$/;

/**
 * A moment as Docker's parameters write it: seconds since 1970, with a fraction or without, RFC 3339 (the zone may be missing, and then is UTC), or a
 * duration before now such as `10m`.
 *
 * @returns milliseconds since 1970, with a fraction
 * @throws DockerError 400
 */
export function parseMoment(text: string, now: Date = new Date()): number {
  if (/^-?\d{1,12}(\.\d{0,9})?$/.test(text)) return Number(text) * 1_000;
  if (DURATION.test(text)) {
    const parts = text.matchAll(/([0-9]+(?:\.[0-9]+)?)(ns|us|µs|ms|s|m|h)/g);
    let duration = 0;
    for (const [, amount, unit] of parts) duration += Number(amount) * unitMs[unit ?? ""]!;
    return now.getTime() - duration;
  }
  if (/^\d{4}-\d{2}-\d{2}(T\d{2}(:\d{2}(:\d{2}(\.\d{1,9})?)?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text)) {
    const value = Date.parse(whole(text));
    if (!Number.isNaN(value)) return value;
  }
  throw new DockerError(
    400,
    `failed to parse value as time or duration: ${JSON.stringify(text.slice(0, 64))}`,
  );
}

/** With all that RFC 3339 wants. */
function whole(text: string): string {
  const [, day = "", clock = "", zone = "Z"] =
    /^([^T]+)(?:T([\d:.]+))?(Z|[+-].*)?$/.exec(text) ?? [];
  const [hour = "00", minute = "00", second = "00"] = clock === "" ? [] : clock.split(":");
  return `${day}T${hour}:${minute}:${second}${zone}`;
}
