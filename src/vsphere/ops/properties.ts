import { isGone } from "../model/fault.ts";
import { forgetLookups } from "./lookup-cache.ts";
import type { MoRef } from "../wsdl/moref.ts";
import type { VSphere } from "../model/vsphere.ts";
import type {
  ObjectContent,
  ObjectSpec,
  PropertyFilterSpec,
  RetrieveResult,
} from "../wsdl/vim.gen.ts";

/** An object with the properties that were asked for; what it hasn't is absent. */
export interface Properties {
  readonly ref: MoRef;
  readonly props: Readonly<Record<string, unknown>>;
}

/** Reads properties by path of the objects that a spec selects, page by page. */
export async function retrieveProperties(
  vs: VSphere,
  spec: PropertyFilterSpec,
): Promise<Properties[]> {
  const collector = vs.content.propertyCollector;
  const found: ObjectContent[] = [];
  let page: RetrieveResult | undefined = await vs.call("RetrievePropertiesEx", collector, {
    specSet: [spec],
    options: { maxObjects: 500 },
  });
  while (page) {
    found.push(...page.objects);
    if (!page.token) break;
    page = await vs.call("ContinueRetrievePropertiesEx", collector, { token: page.token });
  }
  return found.map(({ obj, propSet }) => ({
    ref: obj,
    props: Object.fromEntries((propSet ?? []).map(({ name, val }) => [name, val])),
  }));
}

/** Reads properties by path of one object; undefined if it doesn't exist. */
export async function readProperties(
  vs: VSphere,
  ref: MoRef,
  paths: readonly string[],
): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const [found] = await retrieveProperties(vs, {
      propSet: [{ type: ref.type, pathSet: [...paths] }],
      objectSet: [{ obj: ref }],
    });
    return found?.props;
  } catch (error) {
    if (!isGone(error)) throw error;
    forgetLookups(vs);
    return undefined;
  }
}

/** Reads properties by path of the objects that a property of one object refers to, e.g. a folder's `childEntity`. */
export async function readReferred(
  vs: VSphere,
  from: MoRef,
  path: string,
  paths: Readonly<Record<string, readonly string[]>>,
): Promise<Properties[]> {
  const objectSet: ObjectSpec = {
    obj: from,
    skip: true,
    selectSet: [{ _typeName: "TraversalSpec", type: from.type, path, skip: false }],
  };
  return retrieveProperties(vs, {
    propSet: Object.entries(paths).map(([type, pathSet]) => ({ type, pathSet: [...pathSet] })),
    objectSet: [objectSet],
  });
}
