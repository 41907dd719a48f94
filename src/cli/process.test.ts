import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const folder = join(import.meta.dirname, "..");

/** Runs a role of these lines in a process of its own. */
const role = (body: string): Promise<{ stdout: string; code?: number }> => {
  const script = `
    const { runRole } = await import(${JSON.stringify(join(folder, "cli/process.ts"))});
    const { createLogger } = await import(${JSON.stringify(join(folder, "log.ts"))});
    await runRole(createLogger("info"), async (signal) => { ${body} });`;
  const args = ["--input-type=module", "--eval", script];
  return run(process.execPath, args).catch((error: { stdout: string; code: number }) => error);
};

const forever = "await new Promise(() => setInterval(() => {}, 1000));";

test.each([
  ["a promise that nobody watches", `void Promise.reject(new Error("lost")); ${forever}`],
  ["a callback", `setTimeout(() => { throw new Error("lost"); }, 1); ${forever}`],
  ["the role itself", `throw new Error("lost");`],
])("an error in %s is logged as JSON and ends the process with 1", async (_, body) => {
  const { stdout, code } = await role(body);
  expect(code).toBe(1);
  const line = JSON.parse(stdout.trim().split("\n").at(-1)!) as { level: string; err: object };
  expect(line).toMatchObject({ level: "fatal", err: { message: "lost" } });
});

test("a role that is told to stop ends with 0", async () => {
  const body = `
    const busy = setInterval(() => process.kill(process.pid, "SIGTERM"), 10);
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    clearInterval(busy);`;
  const { stdout, code } = await role(body);
  expect(code).toBeUndefined();
  expect(stdout).toContain('"stopped"');
});
