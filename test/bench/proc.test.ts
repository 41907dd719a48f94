import { describe, expect, it } from "vitest";
import { parseMemory, readCommand, readCpu, readMemory, readStart } from "./proc.ts";

describe("a process", () => {
  it("that is ending has no memory to be read", () => {
    expect(() => parseMemory("Name:\tnode\nState:\tZ (zombie)\n")).toThrow(/VmRSS/);
  });

  it("has its memory in KiB", () => {
    const status = "Name:\tVmRSS: 1 kB\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
    expect(parseMemory(status)).toEqual({ resident: 1_048_576, peak: 2_097_152 });
  });

  it("can be looked at", async () => {
    const { resident, peak } = await readMemory(process.pid);
    expect(resident).toBeGreaterThan(1e7);
    expect(peak).toBeGreaterThanOrEqual(resident);
    expect(await readCommand(process.pid)).toContain(process.argv[1]);
    const cpu = process.cpuUsage();
    const cpuMs = (cpu.user + cpu.system) / 1000;
    expect(Math.abs((await readCpu(process.pid)) - cpuMs)).toBeLessThan(cpuMs / 2 + 100);
    const startedAgoMs = Date.now() - (await readStart(process.pid));
    expect(Math.abs(startedAgoMs - process.uptime() * 1000)).toBeLessThan(60_000);
  });
});
