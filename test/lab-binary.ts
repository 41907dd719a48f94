// Where the lab's program is. Go's build cache decides what has to be built, so that a test never runs a stale one.
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

/** Builds `.lab/bin/lab` where its sources are newer, and returns its path. The first build takes minutes. */
export function buildLab(): string {
  const path = join(root, ".lab", "bin", "lab");
  execFileSync("go", ["build", "-o", path, "./cmd/lab"], {
    cwd: join(root, "lab"),
    env: { ...process.env, CGO_ENABLED: "0" },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return path;
}
