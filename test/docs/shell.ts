import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { root } from "./documents.ts";

/** Line of the thumbprint that openssl prints. */
export const FINGERPRINT = /^sha256 Fingerprint=((?:[0-9A-F]{2}:){31}[0-9A-F]{2})$/m;

/** What commands have to print, by a part of them; the others have to succeed. */
const PRINTS: readonly (readonly [part: string, output: RegExp])[] = [
  ["get cvm -w", /hello .* Exited .* 7 /],
  ["get vic -A", /virtualcontainerhost\.vic\.dev\/team-\w.* True +Available/],
  ["get vch -o wide", /True +Available .*Containers run in vApp/],
  ["{.status.exit.code}", /^0$/],
  ["{.status.id}", /^[0-9a-f]{64}$/],
  ["describe cvm clock", /The process runs/],
  ["docker run --rm busybox echo hi", /^hi$/m],
  ["docker version", /Server: vic-operator/],
  ["/v2/_catalog", /"library\/busybox"/],
  ["openssl", FINGERPRINT],
];

export interface Shell {
  /** Runs one line of a document; throws where it fails, or prints something else than it should. */
  run(command: string, input?: string): Promise<string>;
}

/** What of a text is written otherwise, in this order. */
export type Rewriting = readonly (readonly [from: string | RegExp, to: string])[];

/** A shell in the repository's root that has sourced the `env` of the lab in `dir`. */
export async function openShell(dir: string, rewriting: Rewriting = []): Promise<Shell> {
  const variables = await readVariables(path.join(dir, "env"));
  const rewrite = (text: string): string =>
    rewriting.reduce((result, [from, to]) => result.replaceAll(from, to), text);
  const shell: Shell = {
    async run(command, input = "") {
      // A checkout's lab is in .lab; this one's is elsewhere.
      const line = rewrite(command).replaceAll(/(?<=\s)\.lab\//g, `${dir}/`);
      const expected = PRINTS.find(([part]) => command.includes(part))?.[1];
      const output = await runLine(line, rewrite(input), expected, variables);
      if (expected && !expected.test(output.trim()))
        throw new Error(`${line}: ${expected} expected, not\n${output}`);
      return output;
    },
  };
  return shell;
}

/** What the lab exports. */
export async function readVariables(file: string): Promise<Record<string, string>> {
  const lines = (await readFile(file, "utf8")).matchAll(/^export (\w+)='(.*)'$/gm);
  return Object.fromEntries([...lines].map(([, name = "", value = ""]) => [name, value] as const));
}

/** Runs it in the repository's root. One that watches never ends by itself: it has done its work when the output is there. */
async function runLine(
  line: string,
  input: string,
  expected: RegExp | undefined,
  variables: Record<string, string>,
): Promise<string> {
  const watches = line.endsWith(" -w");
  // oxlint-disable-next-line node/no-process-env
  const env = { ...process.env, ...variables };
  const child = spawn("bash", ["-o", "pipefail", "-c", `exec 2>&1; ${line}`], {
    cwd: root,
    env,
    detached: true,
  });
  const limit = setTimeout(() => process.kill(-(child.pid ?? 0), "SIGKILL"), 360_000);
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (watches && expected?.test(output.trim())) process.kill(-(child.pid ?? 0), "SIGTERM");
  });
  child.stdin.on("error", () => undefined).end(input);
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(limit);
  if (code !== 0 && !watches) throw new Error(`${line}: exit status ${code}\n${output}`);
  return output;
}
