/** Signals of Linux on amd64, by name. */
const numbers: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  IOT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STKFLT: 16,
  CHLD: 17,
  CLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  XCPU: 24,
  XFSZ: 25,
  VTALRM: 26,
  PROF: 27,
  WINCH: 28,
  IO: 29,
  POLL: 29,
  PWR: 30,
  SYS: 31,
};

const RTMIN = 34;
const RTMAX = 64;

/** The number of a signal as Docker's clients write it: `KILL`, `SIGKILL`, `kill`, `9`, `RTMIN+3`; undefined for none. */
export function signalNumber(text: string): number | undefined {
  if (/^\d{1,3}$/.test(text))
    return Number(text) <= RTMAX && Number(text) > 0 ? Number(text) : undefined;
  const name = text.toUpperCase().replace(/^SIG/, "");
  const realTime = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (realTime === null) return Object.hasOwn(numbers, name) ? numbers[name] : undefined;
  const [, base, sign, offset = "0"] = realTime;
  const number = (base === "MIN" ? RTMIN : RTMAX) + (sign === "-" ? -1 : 1) * Number(offset);
  return number >= RTMIN && number <= RTMAX ? number : undefined;
}

/** What the guest calls a signal: a name without `SIG`, or the number where it has none. */
export function signalName(number: number): string {
  return Object.keys(numbers).find((name) => numbers[name] === number) ?? String(number);
}
