import type { ContainerVM } from "../../api/containervm.gen.ts";
import { idOfContainer } from "../../api/identity.ts";
import type { GuestProcess } from "../client/console-client.ts";
import type { StreamDependencies } from "../logs/stream-dependencies.ts";
import { count, fields, integer, items, text } from "./guest-words.ts";

const MAX_PROCESSES = 10_000;
const MAX_ARGS = 256;

/** The container's processes, its own first. @throws ConsoleError `NotRunning`, `NoLine` */
export async function openTop(
  { agents }: StreamDependencies,
  container: ContainerVM,
  signal: AbortSignal,
): Promise<readonly GuestProcess[]> {
  const command = await agents.command(idOfContainer(container), "top", {}, signal);
  command.exited.catch(() => {});
  command.close();
  return items(command.answer["processes"], MAX_PROCESSES).map(readProcess);
}

function readProcess(value: unknown): GuestProcess {
  const word = fields(value);
  return {
    pid: count(word["pid"]),
    ppid: count(word["ppid"]),
    uid: count(word["uid"]),
    user: text(word["user"], 256),
    cpuPercent: count(word["cpuPercent"]),
    startedAt: text(word["startedAt"], 64),
    tty: text(word["tty"], 64),
    cpuSeconds: count(word["cpuSeconds"]),
    rssBytes: count(word["rssBytes"]),
    vszBytes: count(word["vszBytes"]),
    state: text(word["state"], 16),
    nice: integer(word["nice"]),
    args: readArgs(word["args"]),
    command: text(word["command"], 256),
  };
}

/** A command line comes as a list, or as one string, as `/proc` shows it. */
const readArgs = (value: unknown): readonly string[] =>
  typeof value === "string"
    ? [text(value)].filter((args) => args !== "")
    : items(value, MAX_ARGS).map((each) => text(each));
