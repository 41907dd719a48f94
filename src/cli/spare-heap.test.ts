import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** A process whose burst leaves one object in a hundred; its heap in bytes a while later, and what lives. */
async function afterBurst(beforehand: string): Promise<{ heap: number; living: string }> {
  const script = `
    import { setTimeout as sleep } from "node:timers/promises";
    import { getHeapStatistics } from "node:v8";
    import { returnSpareHeap } from ${JSON.stringify(import.meta.resolve("./spare-heap.ts"))};
    ${beforehand}
    const all = Array.from({ length: 1_000_000 }, (_, index) => ({ text: "text " + index }));
    const living = all.filter((_, index) => index % 100 === 0);
    all.length = 0;
    await sleep(2000);
    const { total_heap_size: heap } = getHeapStatistics();
    console.log(JSON.stringify({ heap, living: living[7].text }));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--max-semi-space-size=4",
    "--input-type=module",
    "--eval",
    script,
  ]);
  return JSON.parse(stdout) as { heap: number; living: string };
}

test("what a burst left of the heap goes back to the system, and what lives stays", async () => {
  const [kept, returned] = await Promise.all([
    afterBurst(""),
    afterBurst("returnSpareHeap({ delayMs: 200, share: 0, floor: 1e6 });"),
  ]);
  expect(returned.heap).toBeLessThan(kept.heap / 2);
  expect(returned.living).toBe("text 700");
});
