import { NotFoundByNameError } from "../model/errors.ts";
import { type MoRef, morefKey } from "../wsdl/moref.ts";
import { type Properties, retrieveProperties } from "./properties.ts";
import type { VSphere } from "../model/vsphere.ts";
import type { AnySelectionSpec } from "../wsdl/vim.gen.ts";
import { inventoryName } from "./managed-entity.ts";

/** A step from objects of a type along a property of theirs. */
export interface Step {
  type: string;
  path: string;
}

/** Reads properties, by type, of all objects that steps lead to from an object, over any number of them. One call. */
export function readBelow(
  vs: VSphere,
  from: MoRef,
  steps: readonly Step[],
  wanted: Readonly<Record<string, readonly string[]>>,
): Promise<Properties[]> {
  const names = steps.map((_, i): AnySelectionSpec => ({
    _typeName: "SelectionSpec",
    name: `step${i}`,
  }));
  const selectSet = steps.map((step, i): AnySelectionSpec => ({
    _typeName: "TraversalSpec",
    name: `step${i}`,
    ...step,
    skip: false,
    selectSet: names,
  }));
  return retrieveProperties(vs, {
    propSet: Object.entries(wanted).map(([type, paths]) => ({ type, pathSet: [...paths] })),
    objectSet: [{ obj: from, skip: true, selectSet }],
  });
}

/** Whether an object has this name; people write names as they are shown, vSphere stores some characters encoded. */
export function isNamed(found: Properties, name: string): boolean {
  const stored = found.props["name"];
  return stored === name || stored === inventoryName(name);
}

/** Names as stored, from the first object below where a search began down to one of those that it found. They need `name` and `parent`. */
export function pathTo(found: Properties, all: readonly Properties[]): string[] {
  const byKey = new Map(all.map((each) => [morefKey(each.ref), each]));
  const path: string[] = [];
  for (let at: Properties | undefined = found; at;) {
    path.unshift(String(at.props["name"]));
    const parent: unknown = at.props["parent"];
    at = parent === undefined ? undefined : byKey.get(morefKey(parent as MoRef));
  }
  return path;
}

/**
 * The one of the candidates that a person means by a name, or by a path that ends in one. Rejects with
 * NotFoundByNameError, also where several have that name.
 *
 * @param all what the search found, the folders around the candidates too
 */
export function choose(
  kind: string,
  wanted: string,
  candidates: readonly Properties[],
  all: readonly Properties[],
  where: string,
): Properties {
  const parts = wanted.split("/");
  const means = (each: Properties): boolean =>
    isNamed(each, wanted) || endsIn(pathTo(each, all), parts);
  const found = candidates.filter(means);
  const whole = found.filter((each) => pathTo(each, all).length === parts.length);
  const [one, ...others] = found.length > 1 && whole.length === 1 ? whole : found;
  if (!one) throw new NotFoundByNameError(kind, wanted, where);
  if (others.length === 0) return one;
  const paths = found.map((each) => pathTo(each, all).join("/")).toSorted();
  throw new NotFoundByNameError(
    kind,
    wanted,
    `${where} alone: give the path, ${paths.join(" or ")}`,
  );
}

const endsIn = (path: readonly string[], parts: readonly string[]): boolean =>
  parts.length <= path.length &&
  parts.every((part, at) => {
    const stored = path[path.length - parts.length + at];
    return stored === part || stored === inventoryName(part);
  });
