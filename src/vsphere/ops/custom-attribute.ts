import { VSphereError } from "../model/errors.ts";
import { isFault } from "../model/fault.ts";
import type { MoRef } from "../wsdl/moref.ts";
import { readProperties, readReferred } from "./properties.ts";
import type { VSphere } from "../model/vsphere.ts";
import type { CustomFieldDef, CustomFieldStringValue } from "../wsdl/vim.gen.ts";

/** Key of the custom attribute of that name for all types of objects; undefined if there is none. */
export async function readAttributeKey(vs: VSphere, name: string): Promise<number | undefined> {
  const manager = vs.content.customFieldsManager;
  if (!manager) return undefined;
  const fields = (await readProperties(vs, manager, ["field"]))?.["field"] as
    | CustomFieldDef[]
    | undefined;
  return fields?.find((field) => field.name === name)?.key;
}

/** Key of the custom attribute of that name, which is defined (for all types) if it isn't yet. vCenter only. */
export async function defineAttribute(vs: VSphere, name: string): Promise<number> {
  const manager = vs.content.customFieldsManager;
  if (!manager)
    throw new VSphereError("NotVSphere", "the server has no custom attributes: it isn't a vCenter");
  const known = await readAttributeKey(vs, name);
  if (known !== undefined) return known;
  try {
    return (await vs.call("AddCustomFieldDef", manager, { name })).key;
  } catch (error) {
    // Somebody else was quicker.
    const key = isFault(error, "DuplicateName") ? await readAttributeKey(vs, name) : undefined;
    if (key === undefined) throw error;
    return key;
  }
}

/** Sets a custom attribute of an entity; an empty value removes it. */
export async function setAttribute(
  vs: VSphere,
  entity: MoRef,
  key: number,
  value: string,
): Promise<void> {
  await vs.call("SetField", vs.content.customFieldsManager!, { entity, key, value });
}

function valueOf(
  props: Readonly<Record<string, unknown>>,
  key: number | undefined,
): string | undefined {
  const values = (props["customValue"] ?? []) as CustomFieldStringValue[];
  return key === undefined ? undefined : values.find((value) => value.key === key)?.value;
}

/** Value of a custom attribute by its name; undefined if the entity has none or is gone. */
export async function readAttribute(
  vs: VSphere,
  entity: MoRef,
  name: string,
): Promise<string | undefined> {
  const key = await readAttributeKey(vs, name);
  if (key === undefined) return undefined;
  return valueOf((await readProperties(vs, entity, ["customValue"])) ?? {}, key);
}

/** How to read an attribute of that name from an object's `customValue`; always undefined where nobody has defined it. */
export async function attributeOf(
  vs: VSphere,
  name: string,
): Promise<(props: Readonly<Record<string, unknown>>) => string | undefined> {
  const key = await readAttributeKey(vs, name);
  return (props) => valueOf(props, key);
}

/** Children of a folder with the value of one attribute; to find what an earlier run marked. */
export async function listFolder(
  vs: VSphere,
  folder: MoRef,
  attribute?: string,
): Promise<{ ref: MoRef; name: string; value: string | undefined }[]> {
  const valueIn = attribute === undefined ? () => undefined : await attributeOf(vs, attribute);
  const children = await readReferred(vs, folder, "childEntity", {
    ManagedEntity: ["name", "customValue"],
  });
  return children.map(({ ref, props }) => ({
    ref,
    name: props["name"] as string,
    value: valueIn(props),
  }));
}
