// What a guest says about itself, read from `guestinfo.vic.report` (docs/guest-protocol.md).
// A guest is a stranger: nothing in it is trusted further than its type.

export type GuestState = "booting" | "running" | "exited" | "failed";

export interface GuestReport {
  /** Counts the boots of this VM, from 1; 0 where the guest never wrote. */
  readonly run: number;
  readonly state?: GuestState;
  readonly pid?: number;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly oomKilled?: boolean;
  /** It was asked to stop in this run, by vSphere or over a link. */
  readonly stopped?: boolean;
  readonly addresses?: readonly string[];
  readonly hostKey?: string;
  /** By network: MAC addresses of cards that have another one than they were to have. */
  readonly macs?: Readonly<Record<string, string>>;
}

/** The longest report that is read, in characters. */
const MAX_REPORT = 16 * 1024;

/** The report of a guest that hasn't said anything. */
export const NO_REPORT: GuestReport = { run: 0 };

/** Reads a report; fields of a wrong type are dropped, and what is no JSON object is {@link NO_REPORT}. */
export function parseGuestReport(text: string | undefined): GuestReport {
  if (!text || text.length > MAX_REPORT) return NO_REPORT;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return NO_REPORT;
  }
  if (typeof value !== "object" || value === null) return NO_REPORT;
  const raw = value as Record<string, unknown>;
  const report: Record<string, unknown> = { run: count(raw["run"]) ?? 0 };
  if (STATES.includes(raw["state"] as string)) report["state"] = raw["state"];
  for (const key of ["pid", "exitCode"]) assign(report, key, count(raw[key]));
  for (const key of ["startedAt", "finishedAt"]) assign(report, key, time(raw[key]));
  for (const key of ["reason", "message", "hostKey"]) assign(report, key, line(raw[key]));
  for (const key of ["oomKilled", "stopped"])
    if (typeof raw[key] === "boolean") report[key] = raw[key];
  if (Array.isArray(raw["addresses"])) {
    report["addresses"] = raw["addresses"]
      .filter((item) => typeof item === "string" && item.length <= 64)
      .slice(0, 16);
  }
  assign(report, "macs", macs(raw["macs"]));
  return report as unknown as GuestReport;
}

function macs(value: unknown): Record<string, string> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const known = Object.entries(value).filter(
    ([, mac]) => typeof mac === "string" && MAC_ADDRESS.test(mac),
  );
  return known.length === 0 ? undefined : Object.fromEntries(known.slice(0, 16));
}

const MAC_ADDRESS = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

const STATES: readonly string[] = ["booting", "running", "exited", "failed"] satisfies GuestState[];

const assign = (to: Record<string, unknown>, key: string, value: unknown): void => {
  if (value !== undefined) to[key] = value;
};

const count = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= 0x7fffffff
    ? value
    : undefined;

const time = (value: unknown): string | undefined =>
  typeof value === "string" && value.length <= 40 && !Number.isNaN(Date.parse(value))
    ? value
    : undefined;

const line = (value: unknown): string | undefined =>
  typeof value === "string" && value !== ""
    ? value.replace(/\p{Cc}+/gu, " ").slice(0, 1024)
    : undefined;
