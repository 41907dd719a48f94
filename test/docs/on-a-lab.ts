import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { commandLines, documentedCommands } from "./commands.ts";
import { blocksOf, documents, root } from "./documents.ts";

/** Whether the documents' command is one that `followDocuments` runs: all of those that speak to a lab. */
export const isTriedOnALab = (command: string): boolean =>
  /^(kubectl|curl|openssl|source) /.test(command) && command !== "kubectl apply -k manifests/";

const FINGERPRINT = /^sha256 Fingerprint=((?:[0-9A-F]{2}:){31}[0-9A-F]{2})$/m;

/** What commands have to print, by a part of them; the others have to succeed. */
const PRINTS: readonly (readonly [part: string, output: RegExp])[] = [
  ["get cvm -w", /hello .* Exited .* 7 /],
  ["get vic -A", /virtualcontainerhost\.vic\.dev\/team-\w.* True +Available/],
  ["get vch -o wide", /True +Available .*Containers run in vApp/],
  ["{.status.exit.code}", /^0$/],
  ["{.status.id}", /^[0-9a-f]{64}$/],
  ["describe cvm clock", /The process runs/],
  ["/v2/_catalog", /"library\/busybox"/],
  ["openssl", FINGERPRINT],
];

export interface LabUnderTest {
  /** Its directory `.lab`. */
  readonly dir: string;
  /** What it printed when it was ready: what to type next. */
  readonly printed: string;
}

/**
 * Does on a fresh lab what the documents say, command by command: what the lab prints, the README, then the tasks. Throws at the first
 * that fails, or prints something else than it should. The tasks' YAML is applied where the reader meets it.
 */
export async function followDocuments(lab: LabUnderTest): Promise<void> {
  const shell = await openShell(lab.dir);
  for (const command of commandLines(lab.printed).filter(isTriedOnALab)) await shell.run(command);
  await runCommandsOf("README.md", shell);
  await followTask("docs/tasks/containers.md", shell);
  await followTask("docs/tasks/troubleshooting.md", shell);
  await followTask("docs/tasks/host.md", await shell.asSecondTeam());
  const done = ["README.md", "docs/tasks/"];
  for (const { command, where } of documentedCommands) {
    if (!done.some((begin) => where.startsWith(begin)) && isTriedOnALab(command))
      await shell.run(command);
  }
}

async function runCommandsOf(document: string, shell: Shell): Promise<void> {
  for (const { command, where } of documentedCommands)
    if (where === document && isTriedOnALab(command)) await shell.run(command);
}

/** Applies the YAML, then runs the commands; a password, address or thumbprint in it is the lab's. */
async function followTask(name: string, shell: Shell): Promise<void> {
  const document = documents.find(({ path: file }) => file === name);
  if (!document) throw new Error(`${name} isn't there`);
  for (const { language, text } of blocksOf(document))
    if (language === "yaml") await shell.run("kubectl apply -f -", text);
  await runCommandsOf(name, shell);
}

interface Shell {
  run(command: string, input?: string): Promise<string>;
  /** One in which the documents' example, whose names the sample has taken, is another team's. */
  asSecondTeam(): Promise<Shell>;
}

type Rewriting = readonly (readonly [from: string | RegExp, to: string])[];

async function openShell(dir: string, rewriting: Rewriting = []): Promise<Shell> {
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
    async asSecondTeam() {
      const address = new URL(variables["GOVC_URL"] ?? "").host;
      const secondTeam: Rewriting = [
        ["team-a", "team-b"],
        ["vlan: 120", "vlan: 121"],
        ["vcenter.example.com:443", address],
        ["vcenter.example.com", address],
        ["username: vic@vsphere.local", `username: ${variables["GOVC_USERNAME"]}`],
        ["password: secret", `password: ${variables["GOVC_PASSWORD"]}`],
      ];
      const printed = await (
        await openShell(dir, secondTeam)
      ).run(documentedCommands.find(({ command }) => command.startsWith("openssl"))?.command ?? "");
      const thumbprint = FINGERPRINT.exec(printed)?.[1] ?? "";
      return openShell(dir, [...secondTeam, [/(?<=thumbprint: )".*"/g, `"${thumbprint}"`]]);
    },
  };
  return shell;
}

async function readVariables(file: string): Promise<Record<string, string>> {
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
