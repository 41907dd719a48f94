// The docker CLI, where the machine has one.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether there is one; tests with it are skipped elsewhere. */
export const hasDockerCli = spawnSync("docker", ["--version"]).status === 0;

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let config: string | undefined;

/** Runs it against a host, with a configuration of its own. */
export function docker(
  dockerHost: string,
  args: readonly string[],
  input = "",
): Promise<CliResult> {
  config ??= mkdtempSync(join(tmpdir(), "vic-docker-config-"));
  const child = spawn("docker", args, {
    env: { ...process.env, DOCKER_HOST: dockerHost, DOCKER_CONFIG: config, DOCKER_TLS_VERIFY: "" },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data) => (stdout += String(data)));
  child.stderr.on("data", (data) => (stderr += String(data)));
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}
