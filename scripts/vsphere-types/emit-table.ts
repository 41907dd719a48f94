import type { Field, Table } from "./select.ts";

/** `name type`, with `[]` for an array and `?` for what may be left out. */
function fieldText(field: Field): string {
  return `${field.name} ${field.type}${field.array ? "[]" : ""}${field.optional ? "?" : ""}`;
}

/** The tables as data for the encoder and the decoder. */
export function runtimeTable(table: Table): string {
  const types = Object.entries(table.types).map(([name, { base, fields }]): [string, unknown] => [
    name,
    base === null ? { fields: fields.map(fieldText) } : { base, fields: fields.map(fieldText) },
  ]);
  const methods = Object.entries(table.methods).map(
    ([name, { parameters, result }]): [string, unknown] => [
      name,
      { parameters: parameters.map(fieldText), result: result === null ? "" : fieldText(result) },
    ],
  );
  const constant = (
    doc: string,
    name: string,
    type: string,
    value: Record<string, unknown>,
  ): string => {
    const rows = Object.entries(value).map(([key, row]) => `  ${key}: ${JSON.stringify(row)},\n`);
    return `/** ${doc} */\nexport const ${name}: ${type} = {\n${rows.join("")}};\n`;
  };
  return [
    constant(
      "Own fields of each type in wire order, as `name type[]?`; those of the base come before.",
      "types",
      "Readonly<Record<string, { readonly base?: string; readonly fields: readonly string[] }>>",
      Object.fromEntries(types),
    ),
    constant(
      "Parameters after `_this` in wire order, and the result if there is one.",
      "methods",
      "Readonly<Record<string, { readonly parameters: readonly string[]; readonly result: string }>>",
      Object.fromEntries(methods),
    ),
    constant(
      "Values of each enumeration.",
      "enums",
      "Readonly<Record<string, readonly string[]>>",
      table.enums,
    ),
    constant(
      "Base type of each fault; null for the root.",
      "faultBases",
      "Readonly<Record<string, string | null>>",
      table.faults,
    ),
  ].join("\n");
}
