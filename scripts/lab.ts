// npm run lab: a whole installation on this machine. Builds what it is made of and hands over to .lab/bin/lab, see docs/lab.md.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { type LabArguments, parseLabArguments, usage } from "./lab/arguments.ts";
import { ensureLabBinary, labBinary } from "./lab/binary.ts";
import { compileProduct } from "./lab/compile.ts";
import { missingPrerequisites } from "./lab/prerequisites.ts";

const root = path.resolve(import.meta.dirname, "..");

/** Runs a program in the terminal's foreground and returns its exit status. */
async function foreground(program: string, args: readonly string[]): Promise<number> {
  const child = spawn(program, args, { cwd: root, stdio: "inherit" });
  // A Ctrl-C reaches the child from the terminal, and it is the child that says when everything has stopped.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

async function up({
  detach,
  guests,
  vcenter,
  only,
  assume,
  profile,
  consoles,
}: LabArguments): Promise<number> {
  const runsProduct = only.length === 0;
  const missing = await missingPrerequisites(
    new Set([
      "build" as const,
      ...(runsProduct ? (["iso"] as const) : []),
      ...(runsProduct || only.includes("registry") ? (["images"] as const) : []),
      ...(guests === "qemu" && (runsProduct || only.includes("vcenter"))
        ? (["guests"] as const)
        : []),
    ]),
    path.join(root, "lab"),
  );
  if (missing.length > 0) throw new Error(`something is missing here\n  ${missing.join("\n  ")}`);
  await ensureLabBinary((line) => console.log(`  ${line}`));
  if (runsProduct) {
    const status = await foreground(process.execPath, [path.join(root, "scripts/guest.ts")]);
    if (status !== 0) return status;
    await compileProduct();
  }
  const flags = [
    "--root",
    root,
    "--guests",
    guests,
    "--vcenter",
    vcenter,
    "--consoles",
    consoles,
    ...(profile === "" ? [] : ["--profile", profile]),
    ...only.flatMap((part) => ["--only", part]),
    ...assume.flatMap((name) => ["--assume", name]),
  ];
  return foreground(labBinary, ["up", ...flags, ...(detach ? ["--detach"] : [])]);
}

async function main(): Promise<number> {
  let args: LabArguments;
  try {
    args = parseLabArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (args.command === "up") return up(args);
  if (!existsSync(labBinary)) {
    console.error("no lab has ever run here; npm run lab starts one");
    return args.command === "down" ? 0 : 1;
  }
  return foreground(labBinary, [args.command, "--root", root]);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
