import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

/** A hash of all that decides what the ISO holds: the guest's source and these scripts. */
export async function hashInputs(root: string): Promise<string> {
  const hash = createHash("sha256");
  for (const directory of ["guest", "scripts/guest"]) {
    const entries = await readdir(join(root, directory), { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile() && !entry.name.endsWith("_test.go"))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted();
    for (const file of files) {
      hash.update(`${relative(root, file)}\0`).update(
        createHash("sha256")
          .update(await readFile(file))
          .digest(),
      );
    }
  }
  return hash.digest("hex");
}
