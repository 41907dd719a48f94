import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Runs a program to its end and returns its standard output; its words stand in the error if it fails. */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const { stdout } = await execute(program, [...args], { ...options, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

/** Programs by the Debian package that has them. */
const needed: Readonly<Record<string, string>> = {
  xorriso: "xorriso",
  dpkg: "dpkg",
  "apt-get": "apt",
  "apt-cache": "apt",
};

/** Fails with the line that installs what is missing. */
export async function checkPrograms(): Promise<void> {
  const missing = new Set<string>();
  for (const [program, owner] of Object.entries(needed)) {
    try {
      await run(program, ["--version"]);
    } catch {
      missing.add(owner);
    }
  }
  if (missing.size > 0)
    throw new Error(`missing programs; try: apt-get install ${[...missing].join(" ")}`);
  try {
    await run("go", ["version"]);
  } catch {
    throw new Error("missing Go 1.26 or newer; see https://go.dev/dl/");
  }
}
