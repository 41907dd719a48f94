import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/** A machine that the lab has run, to be run by QEMU alone: `lab bare-boot` reads it. */
export interface Recipe {
  readonly command: readonly string[];
  readonly guestInfo: Readonly<Record<string, string>>;
}

/** Milliseconds from the start of a QEMU, with nothing around it, to its first output. */
export const bootBare = async (lab: string, recipe: Recipe): Promise<number> =>
  (await runBare<{ firstOutputMs: number }>(lab, recipe)).firstOutputMs;

/** Milliseconds from the start of a QEMU, with nothing around it, until its machine has switched itself off. */
export const runBareUntilOff = async (lab: string, recipe: Recipe): Promise<number> =>
  (await runBare<{ offMs: number }>(lab, { ...recipe, untilOff: true })).offMs;

async function runBare<T>(lab: string, recipe: Recipe & { untilOff?: boolean }): Promise<T> {
  const dir = await mkdtemp(path.join(tmpdir(), "vic-bare-"));
  try {
    const child = spawn(lab, ["bare-boot", "--dir", dir], { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.end(JSON.stringify(recipe));
    let answer = "";
    for await (const chunk of child.stdout) answer += String(chunk);
    if (answer === "") throw new Error("the bare machine said nothing; the reason is above");
    return JSON.parse(answer) as T;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
