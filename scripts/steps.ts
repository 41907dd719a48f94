// Runs programs one after the other, shows what they say, and remembers which failed.
import { spawn } from "node:child_process";
import { join } from "node:path";

/** The checkout. */
export const root = join(import.meta.dirname, "..");

export interface Step {
  name: string;
  command: string;
  args: readonly string[];
  /** Relative to the checkout. */
  cwd?: string;
  /** Fails where the program prints anything, for those that don't fail by themselves (gofmt -l). */
  silent?: boolean;
}

/** Runs all steps, whatever becomes of the earlier ones, and returns the names of those that failed. */
export async function runSteps(steps: readonly Step[]): Promise<string[]> {
  const failed: string[] = [];
  for (const step of steps) {
    console.log(`\n— ${step.name}`);
    // One after the other: they'd fight for the cores and mix their output.
    // oxlint-disable-next-line no-await-in-loop
    if (!(await runStep(step))) failed.push(step.name);
  }
  return failed;
}

/** Runs one program; true where it succeeded. */
export async function runStep(step: Step): Promise<boolean> {
  const child = spawn(step.command, step.args, {
    cwd: join(root, step.cwd ?? "."),
    env: { ...process.env, CGO_ENABLED: "0" },
    stdio: ["ignore", step.silent === true ? "pipe" : "inherit", "inherit"],
  });
  let printed = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
    process.stdout.write(text);
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once("error", (error) => {
      console.error(`${step.command}: ${error.message}`);
      resolve(null);
    });
    child.once("close", resolve);
  });
  return code === 0 && printed === "";
}

/** A program of node_modules, run by the Node that runs this. */
export function tool(name: string, bin: string, ...args: string[]): Step {
  return {
    name,
    command: process.execPath,
    args: [join(root, "node_modules", ".bin", bin), ...args],
  };
}

/** A script of ours, run by the Node that runs this. */
export function script(name: string, file: string, ...args: string[]): Step {
  return { name, command: process.execPath, args: [join(root, "scripts", file), ...args] };
}

/** Says how it went and sets the exit code of this process. */
export function report(failed: readonly string[]): void {
  if (failed.length === 0) return;
  console.error(`\nfailed: ${failed.join(", ")}`);
  process.exitCode = 1;
}
