import { enums, faultBases, methods, types } from "./table.gen.ts";

/** A field as it travels. */
export interface FieldInfo {
  readonly name: string;
  /** WSDL name, `xsd:…` for primitives. */
  readonly type: string;
  readonly array: boolean;
  readonly optional: boolean;
}

function parseField(text: string): FieldInfo {
  const match = /^(\S+) ([^[\]?]+)(\[\])?(\?)?$/.exec(text);
  if (!match) throw new Error(`bad row in the type table: ${text}`);
  return {
    name: match[1]!,
    type: match[2]!,
    array: match[3] !== undefined,
    optional: match[4] !== undefined,
  };
}

const fieldCache = new Map<string, ReadonlyMap<string, FieldInfo>>();

/** All fields of a data type in wire order, by name; undefined if the table doesn't have the type. */
export function fieldsOf(type: string): ReadonlyMap<string, FieldInfo> | undefined {
  const known = fieldCache.get(type);
  if (known) return known;
  const row = types[type];
  if (!row) return undefined;
  const inherited = row.base === undefined ? [] : [...(fieldsOf(row.base)?.entries() ?? [])];
  const own = row.fields.map(parseField).map((field) => [field.name, field] as const);
  const all = new Map([...inherited, ...own]);
  fieldCache.set(type, all);
  return all;
}

const arraysCache = new WeakMap<ReadonlyMap<string, FieldInfo>, readonly string[]>();

/** Names of the arrays among fields that are always there: in XML an empty one looks like none. */
export function requiredArraysOf(fields: ReadonlyMap<string, FieldInfo>): readonly string[] {
  const known = arraysCache.get(fields);
  if (known) return known;
  const all = [...fields.values()].filter(({ array, optional }) => array && !optional);
  const names = all.map(({ name }) => name);
  arraysCache.set(fields, names);
  return names;
}

/** Whether a data type is another or extends it. */
export function isA(type: string, base: string): boolean {
  for (let t: string | undefined = type; t !== undefined; t = types[t]?.base)
    if (t === base) return true;
  return false;
}

/** Values of an enumeration; undefined if it isn't one. */
export function enumValues(type: string): readonly string[] | undefined {
  return enums[type];
}

/** Whether a fault type is another or extends it. Types that the table doesn't know are only themselves. */
export function isFaultType(type: string, base: string): boolean {
  for (let t: string | null | undefined = type; t; t = faultBases[t]) if (t === base) return true;
  return false;
}

/** A method's parameters and result. */
export interface MethodInfo {
  readonly parameters: ReadonlyMap<string, FieldInfo>;
  readonly result: FieldInfo | undefined;
}
const methodCache = new Map<string, MethodInfo>();

/** Throws if the method isn't in the cut. */
export function methodInfo(name: string): MethodInfo {
  const known = methodCache.get(name);
  if (known) return known;
  const row = methods[name];
  if (!row) throw new Error(`${name} isn't among the selected methods`);
  const parameters = row.parameters.map(parseField).map((field) => [field.name, field] as const);
  const info = {
    parameters: new Map(parameters),
    result: row.result ? parseField(row.result) : undefined,
  };
  methodCache.set(name, info);
  return info;
}
