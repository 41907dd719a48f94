import { parseArgs } from "node:util";

/** What follows `npm run lab --`. */
export interface LabArguments {
  readonly command: "up" | "down" | "status" | "tree";
  readonly detach: boolean;
  readonly guests: string;
  /** Which vCenter: our model, or govmomi's stock simulator. */
  readonly vcenter: string;
  /** Parts of the surroundings to run alone; everything where empty. */
  readonly only: readonly string[];
  /** Assumptions on vCenter to put the other way round. */
  readonly assume: readonly string[];
  /** Shape of vSphere; the default one where empty. */
  readonly profile: string;
  /** How many consoles share the work. */
  readonly consoles: string;
}

export const usage = `npm run lab [-- --detach] [--guests qemu|simulated] [--only controlplane,vcenter,registry]
             [--profile esxi|no-drs|…] [--assume NAME,NAME=2000] [--consoles 2]
             [--vcenter simulator]
npm run lab -- down | status | tree`;

/** Reads the arguments; an error's message is for the user. */
export function parseLabArguments(args: readonly string[]): LabArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      detach: { type: "boolean", default: false },
      guests: { type: "string" },
      vcenter: { type: "string", default: "model" },
      only: { type: "string", multiple: true, default: [] },
      assume: { type: "string", multiple: true, default: [] },
      profile: { type: "string", default: "" },
      consoles: { type: "string", default: "1" },
    },
  });
  const command = positionals[0] ?? "up";
  if (positionals.length > 1 || !isCommand(command))
    throw new Error(`${positionals.join(" ")}: not a command of the lab`);
  const { detach, vcenter, profile, consoles } = values;
  return {
    command,
    detach,
    guests: values.guests ?? (vcenter === "simulator" ? "simulated" : "qemu"),
    vcenter,
    only: parts(values.only),
    assume: parts(values.assume),
    profile,
    consoles,
  };
}

const parts = (lists: readonly string[]): string[] =>
  lists.flatMap((list) => list.split(",")).filter((part) => part !== "");

function isCommand(text: string): text is LabArguments["command"] {
  return ["up", "down", "status", "tree"].includes(text);
}
