import type { GuestStats } from "../client/console-client.ts";
import { count, fields, named, text } from "./guest-words.ts";

/** A sample as the guest tells it, one line of JSON; undefined where it is none. */
export function readSample(line: string): GuestStats | undefined {
  let word: Readonly<Record<string, unknown>>;
  try {
    word = fields(JSON.parse(line));
  } catch {
    return undefined;
  }
  const cpu = fields(word["cpu"]);
  const memory = fields(word["memory"]);
  const blkio = fields(word["blkio"]);
  const at = text(word["at"], 64);
  if (at === "") return undefined;
  return {
    at,
    cpu: {
      totalNs: count(cpu["totalNs"]),
      userNs: count(cpu["userNs"]),
      systemNs: count(cpu["systemNs"]),
      machineNs: count(cpu["machineNs"]),
      online: count(cpu["online"]),
    },
    memory: {
      usageBytes: count(memory["usageBytes"]),
      limitBytes: count(memory["limitBytes"]),
      stats: named(memory["stats"], count),
    },
    pids: count(word["pids"]),
    networks: named(word["networks"], (each) => named(each, count)),
    blkio: { readBytes: count(blkio["readBytes"]), writeBytes: count(blkio["writeBytes"]) },
  };
}
