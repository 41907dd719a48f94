// How ps writes times (procps-ng, ps(1)). Times of day are UTC.

const two = (value: number): string => String(value).padStart(2, "0");
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const DAY_MS = 24 * 60 * 60 * 1_000;

/** `14:08` on its first day, then `Nov22`. */
export function startTime(started: Date, now: Date): string {
  if (Number.isNaN(started.getTime())) return "?";
  return now.getTime() - started.getTime() < DAY_MS
    ? `${two(started.getUTCHours())}:${two(started.getUTCMinutes())}`
    : `${months[started.getUTCMonth()]}${two(started.getUTCDate())}`;
}

/** `Sun Nov 22 14:08:14 2026`. */
export function longStart(started: Date): string {
  if (Number.isNaN(started.getTime())) return "?";
  const day = String(started.getUTCDate()).padStart(2);
  const clock = [started.getUTCHours(), started.getUTCMinutes(), started.getUTCSeconds()];
  return `${weekdays[started.getUTCDay()]} ${months[started.getUTCMonth()]} ${day} ${clock.map(two).join(":")} ${started.getUTCFullYear()}`;
}

/** `[DD-]HH:MM:SS`. */
export function longDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const days = Math.floor(whole / 86_400);
  const clock = [Math.floor(whole / 3_600) % 24, Math.floor(whole / 60) % 60, whole % 60];
  return `${days > 0 ? `${days}-` : ""}${clock.map(two).join(":")}`;
}

/** `M:SS`, minutes without end. */
export const shortDuration = (seconds: number): string =>
  `${Math.floor(Math.max(0, seconds) / 60)}:${two(Math.floor(Math.max(0, seconds)) % 60)}`;

/** `[[DD-]HH:]MM:SS`. */
export const elapsed = (seconds: number): string => {
  const text = longDuration(seconds);
  return text.startsWith("00:") ? text.slice(3) : text;
};
