import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A program that a part of the lab runs, and Debian's package with it. */
interface Need {
  readonly program: string;
  readonly package: string;
  readonly for: "build" | "images" | "guests" | "iso";
}

const needs: readonly Need[] = [
  { program: "flock", package: "util-linux", for: "build" },
  { program: "apt-get", package: "apt", for: "images" },
  { program: "dpkg-deb", package: "dpkg", for: "images" },
  { program: "qemu-system-x86_64", package: "qemu-system-x86", for: "guests" },
  { program: "qemu-img", package: "qemu-utils", for: "guests" },
  { program: "xorriso", package: "xorriso", for: "iso" },
  { program: "xz", package: "xz-utils", for: "iso" },
];

/** The Go that lab/go.mod asks for; an older one from 1.21 on fetches it by itself. */
const goVersion = "1.26";

/** What is missing for these purposes, each with the line that installs it; empty when nothing is. */
export async function missingPrerequisites(
  purposes: ReadonlySet<Need["for"]>,
  source: string,
): Promise<readonly string[]> {
  const lines: string[] = [];
  const go = await goProblem(source);
  if (go !== undefined) {
    lines.push(
      `${go}; to install it:  curl -L https://go.dev/dl/go${goVersion}.0.linux-amd64.tar.gz | sudo tar -C /usr/local -xz && export PATH=/usr/local/go/bin:$PATH`,
    );
  }
  for (const need of needs) {
    if (!purposes.has(need.for) || (await isOnPath(need.program))) continue;
    lines.push(`${need.program} is missing; to install it:  sudo apt-get install ${need.package}`);
  }
  return lines;
}

/** Asked in `source`, so that a Go that fetches newer ones answers for what it would use there. */
async function goProblem(source: string): Promise<string | undefined> {
  try {
    const { stdout } = await run("go", ["env", "GOVERSION"], { cwd: source });
    return isAtLeast(stdout.trim().replace(/^go/, ""), goVersion)
      ? undefined
      : `Go ${goVersion} is needed, ${stdout.trim()} is there`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT"
      ? `Go ${goVersion} is missing`
      : `Go doesn't work: ${(error as { stderr?: string }).stderr?.trim() ?? String(error)}`;
  }
}

/** Compares dotted numbers; what follows them (`rc1`) doesn't count. */
export function isAtLeast(version: string, least: string): boolean {
  const numbers = (text: string) => text.split(".").map((part) => Number.parseInt(part, 10));
  const [have, want] = [numbers(version), numbers(least)];
  for (const [index, wanted] of want.entries()) {
    const had = have[index] ?? 0;
    if (Number.isNaN(had) || had < wanted) return false;
    if (had > wanted) return true;
  }
  return true;
}

async function isOnPath(program: string): Promise<boolean> {
  for (const dir of (process.env["PATH"] ?? "").split(path.delimiter)) {
    try {
      await access(path.join(dir, program), constants.X_OK);
      return true;
    } catch {
      // in the next one, maybe
    }
  }
  return false;
}
