import { checkDirectories } from "./directories.ts";
import { checkDisks } from "./disks.ts";
import type { Finding, Severity } from "./finding.ts";
import { knownOf } from "./known.ts";
import { checkMachines } from "./machines.ts";
import { checkObjects } from "./objects.ts";
import type { Observed } from "./observed.ts";
import { checkPlaces } from "./places.ts";
import { checkUnmarkable } from "./unmarkable.ts";

const ORDER: readonly Severity[] = [
  "unseen",
  "doubled",
  "missing",
  "leaked",
  "stuck",
  "unknown",
  "foreign",
];

/** Judges what was observed: everything asked for is there exactly once, and nothing besides. Pure; the gravest first. */
export function check(observed: Observed): Finding[] {
  const known = knownOf(observed);
  const unseen = observed.unseen.map(({ what, why }): Finding => ({
    severity: "unseen",
    code: "CannotLook",
    where: what,
    what: why,
    todo: "Mend that, and check again: of what is there nothing is known.",
  }));
  return [
    ...unseen,
    ...checkMachines(observed, known),
    ...checkPlaces(observed, known),
    ...checkUnmarkable(observed, known),
    ...checkDirectories(observed, known),
    ...checkDisks(observed, known),
    ...checkObjects(observed),
  ].toSorted(
    (a, b) =>
      ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) ||
      a.code.localeCompare(b.code) ||
      a.where.localeCompare(b.where),
  );
}
