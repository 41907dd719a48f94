import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";
import { ensureLabBinary } from "../../../scripts/lab/binary.ts";
import { pythonWithPyVmomi } from "../../python.ts";
import type { SoapRequest } from "./requests.ts";

/** What a witness says against a request. */
export interface Objection {
  readonly witness: "govmomi" | "pyVmomi";
  readonly request: SoapRequest;
  readonly wrong: string;
}

/** What two witnesses say against requests, none of whose tables are ours: govmomi, and pyVmomi as it reads its own. */
export async function judge(requests: readonly SoapRequest[]): Promise<Objection[]> {
  const python = await pythonWithPyVmomi();
  const [govmomi, pyVmomi] = await Promise.all([
    ask(await ensureLabBinary(), ["witness"], requests),
    ask(python, [path.join(import.meta.dirname, "pyvmomi.py")], requests),
  ]);
  return requests.flatMap((request, at) => [
    ...govmomi[at]!.map((wrong) => ({ witness: "govmomi" as const, request, wrong })),
    ...pyVmomi[at]!.map((wrong) => ({ witness: "pyVmomi" as const, request, wrong })),
  ]);
}

/** Rejects where a witness has something against one of the requests. */
export async function assertSound(requests: readonly SoapRequest[]): Promise<void> {
  if (requests.length === 0) throw new Error("no request was recorded");
  const objections = await judge(requests);
  if (objections.length === 0) return;
  const lines = objections.map(({ witness, wrong }) => `${witness}: ${wrong}`);
  throw new Error(
    `${[...new Set(lines)].toSorted().join("\n")}\nsuch as ${objections[0]!.request.text}`,
  );
}

async function ask(
  command: string,
  args: readonly string[],
  requests: readonly SoapRequest[],
): Promise<string[][]> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  child.stdin.end(requests.map((each) => `${JSON.stringify(each)}\n`).join(""));
  const lines = (await text(child.stdout)).split("\n").filter((line) => line !== "");
  const [code] = (await ended) as [number | null];
  if (code !== 0 || lines.length !== requests.length)
    throw new Error(`${command}: ${code}, ${lines.length} of ${requests.length} answers`);
  return lines.map((line) => JSON.parse(line) as string[]);
}
