import type { GuestProcess } from "../../console/client/console-client.ts";
import { elapsed, longDuration, longStart, shortDuration, startTime } from "./process-clock.ts";
import { shown } from "./shown.ts";

/** What values depend on besides the process. */
export interface TopContext {
  readonly now: Date;
  /** Memory of the VM, in bytes. */
  readonly memoryBytes: number;
}

export interface Column {
  readonly title: string;
  value(process: GuestProcess, context: TopContext): string;
}

type Value = Column["value"];

const started = ({ startedAt }: GuestProcess): Date => new Date(startedAt);
const commandLine: Value = ({ args, command }) =>
  args.length === 0 ? `[${shown(command, 64)}]` : shown(args.join(" "), 4096);
const name: Value = ({ command }) => shown(command, 64);
const user: Value = (process) => shown(process.user, 32) || String(process.uid);
const uid: Value = (process) => String(process.uid);
const pid: Value = (process) => String(process.pid);
const terminal: Value = ({ tty }) => shown(tty, 32) || "?";
const start: Value = (process, { now }) => startTime(started(process), now);
const cpu: Value = ({ cpuPercent }) => cpuPercent.toFixed(1);
const memory: Value = ({ rssBytes }, { memoryBytes }) =>
  ((rssBytes / Math.max(1, memoryBytes)) * 100).toFixed(1);
const kib = (bytes: number): string => String(Math.floor(bytes / 1024));
const vsz: Value = ({ vszBytes }) => kib(vszBytes);
const rss: Value = ({ rssBytes }) => kib(rssBytes);
const time: Value = ({ cpuSeconds }) => longDuration(cpuSeconds);
const shortTime: Value = ({ cpuSeconds }) => shortDuration(cpuSeconds);
const state: Value = (process) => shown(process.state, 8).slice(0, 1);
const fullState: Value = (process) => shown(process.state, 8);

const column = (title: string, value: Value): Column => ({ title, value });

/** By the names that `ps -o` knows. */
export const COLUMNS: Readonly<Record<string, Column>> = {
  "%cpu": column("%CPU", cpu),
  pcpu: column("%CPU", cpu),
  "%mem": column("%MEM", memory),
  pmem: column("%MEM", memory),
  args: column("COMMAND", commandLine),
  command: column("COMMAND", commandLine),
  cmd: column("CMD", commandLine),
  comm: column("COMMAND", name),
  ucmd: column("CMD", name),
  ucomm: column("COMMAND", name),
  bsdstart: column("START", start),
  bsdtime: column("TIME", shortTime),
  c: column("C", ({ cpuPercent }) => String(Math.min(99, Math.floor(cpuPercent)))),
  cputime: column("TIME", time),
  time: column("TIME", time),
  etime: column("ELAPSED", (process, { now }) =>
    elapsed((now.getTime() - started(process).getTime()) / 1_000 || 0),
  ),
  euid: column("EUID", uid),
  uid: column("UID", uid),
  euser: column("EUSER", user),
  uname: column("USER", user),
  user: column("USER", user),
  lstart: column("STARTED", (process) => longStart(started(process))),
  start: column("STARTED", start),
  start_time: column("START", start),
  stime: column("STIME", start),
  ni: column("NI", ({ nice }) => String(nice)),
  nice: column("NI", ({ nice }) => String(nice)),
  pid: column("PID", pid),
  tgid: column("TGID", pid),
  ppid: column("PPID", ({ ppid }) => String(ppid)),
  rss: column("RSS", rss),
  rssize: column("RSS", rss),
  rsz: column("RSZ", rss),
  s: column("S", state),
  state: column("S", state),
  stat: column("STAT", fullState),
  tname: column("TTY", terminal),
  tt: column("TT", terminal),
  tty: column("TT", terminal),
  vsize: column("VSZ", vsz),
  vsz: column("VSZ", vsz),
};

/** `ps -ef`. Its UID is a name. */
export const FULL: readonly Column[] = [
  column("UID", user),
  column("PID", pid),
  ...["ppid", "c", "stime", "tname", "time", "cmd"].map((key) => COLUMNS[key]!),
];

/** `ps aux`. */
export const USER_ORIENTED: readonly Column[] = [
  ...["user", "pid", "%cpu", "%mem", "vsz", "rss", "tname", "stat"].map((key) => COLUMNS[key]!),
  column("START", start),
  column("TIME", shortTime),
  column("COMMAND", commandLine),
];
