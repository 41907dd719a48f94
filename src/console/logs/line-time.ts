// Times of log lines, RFC 3339 with up to nine digits of a second's fraction.

const ZERO = 0x30;
const NINE = 0x39;
/** `2006-01-02T15:04:05`: where no digit stands. */
const SEPARATORS: Readonly<Record<number, number>> = {
  4: 0x2d,
  7: 0x2d,
  10: 0x54,
  13: 0x3a,
  16: 0x3a,
};
const SECONDS_END = 19;
const DOT = 0x2e;
const ZULU = 0x5a;
const PLUS = 0x2b;
const MINUS = 0x2d;
const COLON = 0x3a;

/** Whether these bytes are spelt as a time: nothing is asked of the calendar. */
export function isTime(buffer: Buffer, start: number, end: number): boolean {
  if (end - start <= SECONDS_END) return false;
  for (let i = 0; i < SECONDS_END; i++) {
    const byte = buffer[start + i]!;
    const separator = SEPARATORS[i];
    if (separator === undefined ? byte < ZERO || byte > NINE : byte !== separator) return false;
  }
  let at = start + SECONDS_END;
  if (buffer[at] === DOT) {
    const digits = at + 1;
    at = digits;
    while (at < end && isDigit(buffer[at]!)) at++;
    if (at === digits || at - digits > 9) return false;
  }
  if (buffer[at] === ZULU) return at + 1 === end;
  return (
    (buffer[at] === PLUS || buffer[at] === MINUS) &&
    at + 6 === end &&
    isDigit(buffer[at + 1]!) &&
    isDigit(buffer[at + 2]!) &&
    buffer[at + 3] === COLON &&
    isDigit(buffer[at + 4]!) &&
    isDigit(buffer[at + 5]!)
  );
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE;

/** The last second that was converted: lines of one second come together. */
let known = { text: "", zone: "", seconds: Number.NaN };

/** Seconds since 1970 and the digits of the fraction. NaN where the calendar has no such time. */
function split(time: string): { seconds: number; fraction: string } {
  const zoneAt = time.endsWith("Z") ? time.length - 1 : time.length - 6;
  const text = time.slice(0, SECONDS_END);
  const zone = time.slice(zoneAt);
  if (known.text !== text || known.zone !== zone)
    known = { text, zone, seconds: Date.parse(text + zone) / 1000 };
  return { seconds: known.seconds, fraction: time.slice(SECONDS_END + 1, zoneAt) };
}

/** Seconds since 1970 with a fraction, rounded as any reader of that decimal number rounds it. */
export function secondsOf(time: string): number {
  const { seconds, fraction } = split(time);
  return fraction === "" ? seconds : Number(`${seconds}.${fraction}`);
}

/**
 * As Docker writes it beside a line: UTC, nine digits (jsonmessage.RFC3339NanoFixed). What the calendar doesn't have stays as
 * it was written.
 */
export function dockerTime(time: string): string {
  const { seconds, fraction } = split(time);
  if (Number.isNaN(seconds)) return time;
  const utc = time.endsWith("Z")
    ? time.slice(0, SECONDS_END)
    : new Date(seconds * 1000).toISOString().slice(0, SECONDS_END);
  return `${utc}.${fraction.padEnd(9, "0")}Z`;
}
