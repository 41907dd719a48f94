import type { MoRef } from "../moref.ts";
import { type Properties, retrieveProperties } from "../properties.ts";
import type { VSphere } from "../vsphere.ts";
import type { AnySelectionSpec } from "../wsdl/vim.gen.ts";
import { inventoryName } from "./managed-entity.ts";

/** A step from objects of a type along a property of theirs. */
export interface Step {
  type: string;
  path: string;
}

/** Reads properties of all objects of one type that steps lead to from an object, over any number of them. One call. */
export function readBelow(
  vs: VSphere,
  from: MoRef,
  steps: readonly Step[],
  type: string,
  paths: readonly string[],
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
    propSet: [{ type, pathSet: [...paths] }],
    objectSet: [{ obj: from, skip: true, selectSet }],
  });
}

/** Whether an object has this name; people write names as they are shown, vSphere stores some characters encoded. */
export function isNamed(found: Properties, name: string): boolean {
  const stored = found.props["name"];
  return stored === name || stored === inventoryName(name);
}
