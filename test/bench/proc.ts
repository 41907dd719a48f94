import { readFile } from "node:fs/promises";

/** What a process has in memory, bytes. */
export interface Memory {
  /** Now (VmRSS). */
  readonly resident: number;
  /** At most since its start (VmHWM). */
  readonly peak: number;
}

/** Reads /proc/<pid>/status (proc_pid_status(5); its "kB" are 1024 bytes). */
export function parseMemory(status: string): Memory {
  const field = (name: string): number => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
    if (found === undefined) throw new Error(`no ${name} in the process's status`);
    return Number(found) * 1024;
  };
  return { resident: field("VmRSS"), peak: field("VmHWM") };
}

export const readMemory = async (pid: number): Promise<Memory> =>
  parseMemory(await readFile(`/proc/${pid}/status`, "utf8"));

/** A process's command line. */
export const readCommand = async (pid: number): Promise<string[]> =>
  (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").slice(0, -1);

/** Fields of /proc/<pid>/stat after the name, which may hold anything: proc_pid_stat(5), number 3 first. */
const readStat = async (pid: number): Promise<string[]> => {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
};

/** Milliseconds of a tick: USER_HZ is 100 on Linux. */
const TICK_MS = 10;

/** Milliseconds (since 1970) at which a process was started, to 10 ms; starttime (22) is in ticks since boot. */
export async function readStart(pid: number): Promise<number> {
  const startedTicks = Number((await readStat(pid))[19]);
  const uptime = await readFile("/proc/uptime", "utf8");
  return Date.now() - (Number.parseFloat(uptime) * 1000 - startedTicks * TICK_MS);
}

/** Milliseconds for which a process has had a processor: utime (14) and stime (15). */
export async function readCpu(pid: number): Promise<number> {
  const stat = await readStat(pid);
  return (Number(stat[11]) + Number(stat[12])) * TICK_MS;
}
