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

/** Milliseconds (since 1970) at which a process was started, to 10 ms: proc_pid_stat(5), starttime in ticks since boot. */
export async function readStart(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const uptime = await readFile("/proc/uptime", "utf8");
  const now = Date.now();
  // The name, in parentheses, may hold anything; starttime is field 22.
  const ticks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
  return now - (Number.parseFloat(uptime) * 1000 - ticks * 10);
}
