import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");

/** Where compiled sources are kept, as NODE_COMPILE_CACHE. */
const cache = path.join(root, ".lab/cache/node");

/** What the roles run, imported as `src/main.ts` does it: the cache holds good for equal V8 flags alone. */
const imports = `
  import { setFlagsFromString } from "node:v8";
  setFlagsFromString("--heap-growing-percent=20");
  for (const role of ["operator", "console"]) await import("./src/cli/" + role + ".ts");
`;

/**
 * Strips the types of the product's sources once, ahead: a role that does it for itself keeps what it takes, 20 to 30 MB, for as long as
 * it runs. The published package has JavaScript and needs none of this.
 * @throws Error where the sources can't be imported; node has said why
 */
export async function compileProduct(): Promise<void> {
  const flags = ["--max-semi-space-size=4", "--input-type=module", "--eval", imports];
  const child = spawn(process.execPath, flags, {
    cwd: root,
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error("the product's sources can't be imported");
}
