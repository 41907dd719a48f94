// `npm run generate -- --check` is what keeps types, reference and roles from drifting away from their sources.
import { execFile } from "node:child_process";
import { appendFile, cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const run = promisify(execFile);
let copy: string;

const generate = (...args: string[]): Promise<{ stdout: string }> =>
  run(process.execPath, [join(copy, "scripts/generate.ts"), ...args]);

beforeEach(async () => {
  copy = await mkdtemp(join(tmpdir(), "vic-generate-"));
  const folders = ["crds", "docs/api", "manifests", "scripts", "src"];
  await Promise.all(
    folders.map((folder) => cp(join(root, folder), join(copy, folder), { recursive: true })),
  );
  await cp(join(root, "package.json"), join(copy, "package.json"));
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
  await generate();
});
afterEach(() => rm(copy, { recursive: true, force: true }));

test("it accepts what was just generated", async () => {
  await expect(generate("--check")).resolves.toMatchObject({ stdout: "" });
});

test("it names what no longer follows from a CRD", async () => {
  const crd = join(copy, "crds/containervms.yaml");
  const text = await readFile(crd, "utf8");
  await writeFile(crd, text.replace("description: Virtual CPUs;", "description: Processors;"));
  await expect(generate("--check")).rejects.toMatchObject({
    code: 1,
    stdout: [
      "stale: src/api/containervm.gen.ts",
      "stale: docs/api/containervm.md",
      "stale: manifests/crds/containervms.yaml",
      "",
    ].join("\n"),
  });
});

test("it finds what was changed by hand, or is left over", async () => {
  await appendFile(join(copy, "manifests/rbac/console.yaml"), "# more\n");
  await writeFile(join(copy, "docs/api/gone.md"), "");
  await expect(generate("--check")).rejects.toMatchObject({
    code: 1,
    stdout: "stale: manifests/rbac/console.yaml\nleft over: docs/api/gone.md\n",
  });
});
