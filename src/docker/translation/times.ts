import type { ContainerVM } from "../../api/containervm.gen.ts";
import { ANNOTATIONS } from "../../api/metadata.ts";

/** RFC 3339 of a moment that never was, as Go writes it. */
export const NEVER = "0001-01-01T00:00:00Z";

/** How far a gateway's clock may be from the API server's. */
const toleranceMs = 10_000;

/**
 * When a container was made, RFC 3339. Kubernetes keeps whole seconds, in which a dozen are made: so the gateway notes the fraction, which counts as
 * long as it is about the same time.
 */
export function createdAt({ metadata }: ContainerVM): string {
  const noted = metadata.annotations?.[ANNOTATIONS.createdAt];
  if (noted === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z$/.test(noted)) {
    return metadata.creationTimestamp;
  }
  const difference = Date.parse(noted) - Date.parse(metadata.creationTimestamp);
  return Math.abs(difference) <= toleranceMs ? noted : metadata.creationTimestamp;
}

/** The moment noted last, and how many were noted in its millisecond: no two are the same. */
let last = { ms: 0, serial: 0 };

/** Now, as {@link createdAt} reads it. */
export function notedNow(): string {
  const ms = Date.now();
  last = { ms, serial: last.ms === ms ? Math.min(last.serial + 1, 999) : 0 };
  const micros = String(last.serial).padStart(3, "0");
  return new Date(ms).toISOString().replace("Z", `${micros}Z`);
}

/** Newest first. */
export const byNewest = (a: ContainerVM, b: ContainerVM): number => compare(ageOf(a), ageOf(b));

/** Sorts newest first; reads each time but once, since lists are long. */
export const newestFirst = (containers: readonly ContainerVM[]): ContainerVM[] =>
  containers
    .map((container) => ({ container, age: ageOf(container) }))
    .toSorted((a, b) => compare(a.age, b.age))
    .map(({ container }) => container);

interface Age {
  readonly ms: number;
  /** What milliseconds don't tell apart. */
  readonly text: string;
}

/** RFC 3339 with different fractions isn't ordered as text. */
function ageOf(container: ContainerVM): Age {
  const text = createdAt(container);
  return { ms: Date.parse(text), text: text.replace("Z", "") };
}

const compare = (a: Age, b: Age): number =>
  b.ms - a.ms || (b.text < a.text ? -1 : Number(b.text > a.text));

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** A duration as `docker ps` puts it: `About a minute`, `3 hours`. */
export function humanDuration(ms: number): string {
  const seconds = Math.floor(ms / second);
  if (seconds < 1) return "Less than a second";
  if (seconds === 1) return "1 second";
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.floor(ms / minute);
  if (minutes === 1) return "About a minute";
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.floor(ms / hour + 0.5);
  if (hours === 1) return "About an hour";
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`;
  return `${Math.floor(ms / hour / 24 / 365)} years`;
}
