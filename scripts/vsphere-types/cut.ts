import type { Field, Table } from "./select.ts";

/** Whether version label `a` (such as `6.7.1`) is newer than `b`; an empty label is as old as the API. */
function isNewer(a: string, b: string): boolean {
  const [left, right] = [a, b].map((label) =>
    label.split(".").map((part) => Number.parseInt(part, 10) || 0),
  );
  for (let i = 0; i < Math.max(left!.length, right!.length); i++) {
    const difference = (left![i] ?? 0) - (right![i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** Leaves out fields newer than the version, and those whose type isn't selected. */
export function cutToVersion(table: Table, version: string, readTypes: readonly string[]): Table {
  const known = (field: Field): boolean =>
    field.type.startsWith("xsd:") ||
    field.type === "ManagedObjectReference" ||
    field.type in table.types ||
    field.type in table.enums;
  const keep = (name: string, fields: Field[]): Field[] =>
    fields.filter((field) => {
      if (isNewer(field.since, version)) return false;
      if (known(field)) return true;
      if (!field.optional && !readTypes.includes(name))
        throw new Error(`${name}.${field.name} is required, but ${field.type} isn't selected`);
      return false;
    });
  const types = Object.fromEntries(
    Object.entries(table.types).map(([name, { base, fields }]) => [
      name,
      { base, fields: keep(name, fields) },
    ]),
  );
  const methods = Object.fromEntries(
    Object.entries(table.methods).map(([name, method]) => {
      if (isNewer(method.since, version))
        throw new Error(`${name} came with ${method.since}, after ${version}`);
      if (method.result && !known(method.result))
        throw new Error(`${name} returns ${method.result.type}, not selected`);
      return [name, { ...method, parameters: keep(name, method.parameters) }];
    }),
  );
  const used = new Set(
    [
      ...Object.values(types).flatMap((type) => type.fields),
      ...Object.values(methods).flatMap((m) => m.parameters),
    ].map((field) => field.type),
  );
  const enums = Object.fromEntries(Object.entries(table.enums).filter(([name]) => used.has(name)));
  return { ...table, types, methods, enums };
}

/** Fields of a type in wire order: the base's first. */
export function allFields(table: Table, name: string): Field[] {
  const type = table.types[name];
  if (!type) return [];
  return [...(type.base === null ? [] : allFields(table, type.base)), ...type.fields];
}

/** Names of a type's descendants, itself first. */
export function family(table: Table, name: string): string[] {
  const children = Object.keys(table.types).filter((child) => table.types[child]!.base === name);
  return [name, ...children.flatMap((child) => family(table, child))];
}
