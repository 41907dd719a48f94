import path from "node:path";
import { commandLines, documentedCommands } from "./commands.ts";
import { blocksOf, documents } from "./documents.ts";
import { FINGERPRINT, openShell, readVariables, type Rewriting, type Shell } from "./shell.ts";

/** Whether the documents' command is one that `followDocuments` runs: all of those that speak to a lab. */
export const isTriedOnALab = (command: string): boolean =>
  /^(kubectl|docker|curl|openssl|source) /.test(command) &&
  command !== "kubectl apply -k manifests/";

/** In the order in which one may need the other. */
const TASKS = ["containers", "docker", "troubleshooting"].map((name) => `docs/tasks/${name}.md`);
const HOST_TASK = "docs/tasks/host.md";

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
  for (const task of TASKS) await followTask(task, shell);
  await followTask(HOST_TASK, await asSecondTeam(lab.dir));
  const done: readonly string[] = ["README.md", ...TASKS, HOST_TASK];
  for (const { command, where } of documentedCommands)
    if (!done.includes(where) && isTriedOnALab(command)) await shell.run(command);
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

/** A shell in which the documents' example of a host, whose names the sample has taken, is another team's. */
async function asSecondTeam(dir: string): Promise<Shell> {
  const variables = await readVariables(path.join(dir, "env"));
  const address = new URL(variables["GOVC_URL"] ?? "").host;
  const names: Rewriting = [
    ["team-a", "team-b"],
    ["vlan: 120", "vlan: 121"],
    ["vcenter.example.com:443", address],
    ["vcenter.example.com", address],
    ["username: vic@vsphere.local", `username: ${variables["LAB_USERNAME"]}`],
    ["password: secret", `password: ${variables["LAB_PASSWORD"]}`],
  ];
  const openssl = documentedCommands.find(({ command }) => command.startsWith("openssl "));
  const printed = await (await openShell(dir, names)).run(openssl?.command ?? "");
  const thumbprint = FINGERPRINT.exec(printed)?.[1] ?? "";
  return openShell(dir, [...names, [/(?<=thumbprint: )".*"/g, `"${thumbprint}"`]]);
}
