import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A dependency, and the SPDX identifiers or expression of its licence; undefined where it says none. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly licence: string | undefined;
}

/**
 * Licences whose software may be part of a work under Apache-2.0. MPL-2.0 asks for its own files alone; CC-BY-SA-4.0 is of
 * documents that lie beside sources.
 * Source: Apache Software Foundation, "3rd Party License Policy", categories A and B.
 */
const FIT: ReadonlySet<string> = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC-BY-SA-4.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MPL-2.0",
  "PSF-2.0",
  "Python-2.0",
  "Unlicense",
]);

/** Whether a licence allows what is done here: all that a text of several names, one of an expression with OR. Pure. */
export function isFit(licence: string | undefined): boolean {
  if (licence === undefined) return false;
  return licence
    .replace(/[()]/g, "")
    .split(/ OR /)
    .some((choice) => choice.split(/ AND | /).every((each) => FIT.has(each)));
}

interface Lock {
  readonly packages: Readonly<Record<string, { version?: string; license?: string }>>;
}

/** All that package-lock.json names; where it has no licence, the package's own word counts. */
export function npmDependencies(root: string): Dependency[] {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lock;
  return Object.entries(lock.packages)
    .filter(([place]) => place !== "")
    .map(([place, { version = "", license }]) => ({
      name: place.replace(/^.*node_modules\//, ""),
      version,
      licence: license ?? installedLicence(join(root, place, "package.json")),
    }));
}

/** Old packages say `licenses: [{type}]`. */
function installedLicence(file: string): string | undefined {
  const { license, licenses } = JSON.parse(readFileSync(file, "utf8")) as {
    license?: string;
    licenses?: { type: string }[];
  };
  return license ?? licenses?.map(({ type }) => type).join(" OR ");
}

/** What `lab/cmd/licences` prints. Pure. */
export function goDependencies(printed: string): Dependency[] {
  return printed
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [name = "", version = "", licence = ""] = line.split("\t");
      return { name, version, licence: licence === "unknown" ? undefined : licence };
    });
}
