import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { glob, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";

const root = path.resolve(import.meta.dirname, "../..");
const source = path.join(root, "lab");
const progressPeriodMs = 10_000;

/** The lab's one program, see `lab/cmd/lab`. */
export const labBinary = path.join(root, ".lab/bin/lab");

/**
 * Builds the lab's program where its sources changed since the last build, and returns its path. The first build compiles
 * Kubernetes and takes minutes; `note` is told then.
 */
export async function ensureLabBinary(note: (line: string) => void = () => {}): Promise<string> {
  const stamp = `${labBinary}.inputs`;
  const inputs = await hashOfInputs();
  if (existsSync(labBinary) && (await readFile(stamp, "utf8").catch(() => "")) === inputs)
    return labBinary;
  note("building the lab (a first build compiles Kubernetes: some minutes)");
  await mkdir(path.dirname(labBinary), { recursive: true });
  await goBuild(note);
  await writeFile(stamp, inputs);
  return labBinary;
}

/** A hash over everything that goes into the binary; tests and their data don't. */
async function hashOfInputs(): Promise<string> {
  const hash = createHash("sha256");
  const files: string[] = [];
  for await (const entry of glob("**/*", { cwd: source, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && !entry.name.endsWith("_test.go") && !file.includes("/testdata/"))
      files.push(file);
  }
  for (const file of files.sort()) hash.update(`${file}\n`).update(await readFile(file));
  return hash.digest("hex");
}

/**
 * Go leaves its output alone, without linking for half a minute, where that is up to date already, so it has a file of its
 * own. The program is a hard link to it, replaced in one step: a lab that runs keeps its file.
 */
const install = `go build -v -o "$1.linked" -ldflags "$2" ./cmd/lab && { [ "$1" -ef "$1.linked" ] || { ln -f "$1.linked" "$1.new" && mv -f "$1.new" "$1"; }; }`;

async function goBuild(note: (line: string) => void): Promise<void> {
  const kubernetes = /^\s*k8s\.io\/kubernetes (v\S+)/m.exec(
    await readFile(path.join(source, "go.mod"), "utf8"),
  )?.[1];
  const ldflags = `-s -w -X k8s.io/component-base/version.gitVersion=${kubernetes ?? ""}`;
  // flock: test files that run at once wait for one build.
  const go = spawn("flock", [`${labBinary}.lock`, "sh", "-c", install, "sh", labBinary, ldflags], {
    cwd: source,
    env: { ...process.env, CGO_ENABLED: "0" },
    stdio: ["ignore", "inherit", "pipe"],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    go.once("error", reject);
    go.once("exit", resolve);
  });
  await reportProgress(createInterface({ input: go.stderr }), note);
  const code = await ended;
  if (code !== 0) throw new Error(`building the lab failed (${code ?? "killed"})`);
}

/** Go names each module that it fetches and each package that it compiles; what else it says is a problem. */
async function reportProgress(
  lines: AsyncIterable<string>,
  note: (line: string) => void,
): Promise<void> {
  let [modules, packages, saidAt] = [0, 0, Date.now()];
  for await (const line of lines) {
    if (line.startsWith("go: downloading ")) modules++;
    else if (/^[\w.~-]+(\/[\w.~-]+)*$/.test(line)) packages++;
    else console.error(line);
    if (Date.now() - saidAt < progressPeriodMs) continue;
    saidAt = Date.now();
    note(`building the lab: ${modules} modules fetched, ${packages} packages compiled`);
  }
}
