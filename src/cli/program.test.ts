import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test, vi } from "vitest";

// Each test starts a process.
vi.setConfig({ testTimeout: 30_000 });

const root = join(import.meta.dirname, "..", "..");
const run = promisify(execFile);

/** Runs `vic` with an empty environment; `stdout`, `stderr` and, where it failed, `code`. */
const vic = (...args: string[]): Promise<{ stdout: string; stderr: string; code?: number }> =>
  run(process.execPath, [join(root, "src/main.ts"), ...args], { env: {} }).catch(
    (error: { stdout: string; stderr: string; code: number }) => error,
  );

test("vic --version says the package's version", async () => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    version: string;
  };
  expect((await vic("--version")).stdout).toBe(`${version}\n`);
});

test("vic --help names the roles", async () => {
  const { stdout } = await vic("--help");
  expect(stdout).toContain("operator");
  expect(stdout).toContain("console");
  expect(stdout).toContain("gateway");
});

test.each([
  [["operator"], "--guest-iso is needed"],
  [["console", "--console-listen", "nowhere"], '--console-listen: "nowhere" is not host:port'],
  [["gateway"], "--console is needed (or the variable VIC_CONSOLE)"],
  [["console", "--peers", "a:1,b"], '--peers: "b" is not host:port'],
  [["bundle"], "missing required argument 'host'"],
  [["conductor"], "unknown command 'conductor'"],
  [["operator", "--guest-isso", "x"], "unknown option '--guest-isso'"],
  [["console", "--log-level"], "argument missing"],
  [["console", "--concurrency", "0"], '--concurrency: "0" is not a number from 1 to 1000'],
])("vic %j is a mistake in its use, and one line says which", async (args, message) => {
  const { stderr, code } = await vic(...args);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain("    at ");
});

test("a kubeconfig that isn't there ends a role with its path", async () => {
  const { stdout, code } = await vic("console", "--kubeconfig", "/nowhere/config");
  expect(code).toBe(1);
  expect(stdout).toContain("no such file: /nowhere/config");
});
