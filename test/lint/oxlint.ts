// Runs our lint rules over files that exist only for the length of a test.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..", "..");

interface Diagnostic {
  code: string;
  message: string;
  filename: string;
}

/** What oxlint says of `files` (path to source), as `rule: message` by path. */
export async function lint(
  files: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, string[]>> {
  const directory = await mkdtemp(join(tmpdir(), "vic-lint-"));
  try {
    await cp(join(root, ".oxlintrc.json"), join(directory, ".oxlintrc.json"));
    await cp(join(root, "tsconfig.json"), join(directory, "tsconfig.json"));
    await symlink(join(root, "node_modules"), join(directory, "node_modules"));
    for (const [path, source] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), source);
    }
    const found = new Map<string, string[]>(Object.keys(files).map((path) => [path, []]));
    for (const { code, message, filename } of await run(directory)) {
      const path = filename.replace(`${directory}/`, "");
      found.set(path, [...(found.get(path) ?? []), `${code}: ${message}`]);
    }
    return found;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function run(cwd: string): Promise<Diagnostic[]> {
  const oxlint = join(root, "node_modules", ".bin", "oxlint");
  const output = await new Promise<string>((resolve) => {
    // It ends with 1 where it finds something, which is what the tests want.
    execFile(
      process.execPath,
      [oxlint, "--format", "json", "src"],
      { cwd, maxBuffer: 1 << 26 },
      (_, stdout) => resolve(stdout),
    );
  });
  return (JSON.parse(output) as { diagnostics: Diagnostic[] }).diagnostics;
}
