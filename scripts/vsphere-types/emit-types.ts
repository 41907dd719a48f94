import { allFields, family } from "./cut.ts";
import type { Field, Table } from "./select.ts";

const numbers = new Set([
  "xsd:byte",
  "xsd:short",
  "xsd:int",
  "xsd:long",
  "xsd:float",
  "xsd:double",
]);

/** TypeScript declarations of the selected types and methods. */
export function typeDeclarations(table: Table): string {
  const isPolymorphic = (name: string): boolean => family(table, name).length > 1;

  const typeOf = (field: Field): string => {
    const element =
      field.type === "xsd:anyType"
        ? "unknown"
        : field.type === "xsd:boolean"
          ? "boolean"
          : numbers.has(field.type)
            ? "number"
            : field.type.startsWith("xsd:")
              ? "string"
              : field.type === "ManagedObjectReference"
                ? "MoRef"
                : isPolymorphic(field.type)
                  ? `Any${field.type}`
                  : field.type;
    return field.array ? `${element}[]` : element;
  };
  const member = (field: Field): string =>
    field.optional
      ? `  ${field.name}?: ${typeOf(field)} | undefined;`
      : `  ${field.name}: ${typeOf(field)};`;

  const lines = [`import type { MoRef, TaskRef } from "./moref.ts";`, ""];
  for (const [name, values] of Object.entries(table.enums)) {
    lines.push(
      `export type ${name} = ${values.map((value) => JSON.stringify(value)).join(" | ")};`,
    );
  }
  for (const name of Object.keys(table.types)) {
    const named = table.types[name]!.base !== null || isPolymorphic(name);
    lines.push("", `export interface ${name} {`, `  _typeName${named ? "" : "?"}: "${name}";`);
    lines.push(...allFields(table, name).map(member), "}");
    if (isPolymorphic(name))
      lines.push(`export type Any${name} = ${family(table, name).join(" | ")};`);
  }
  lines.push("", "/** Every selected data type by its name. */", "export interface DataTypes {");
  lines.push(...Object.keys(table.types).map((name) => `  ${name}: ${name};`), "}");
  lines.push(
    "",
    "/** Arguments (without `_this`) and result of every selected method. */",
    "export interface Methods {",
  );
  for (const [name, method] of Object.entries(table.methods)) {
    const result = method.result === null ? "undefined" : typeOf(method.result);
    const nullable =
      method.result && (method.result.optional || method.result.array) ? " | undefined" : "";
    const returned = name.endsWith("_Task") ? "TaskRef" : result + nullable;
    const parameters = method.parameters.map((field) => `    ${member(field)}`).join("\n");
    lines.push(
      `  ${name}: {`,
      `    args: ${parameters ? `{\n${parameters}\n    }` : "Record<never, never>"};`,
    );
    lines.push(`    result: ${returned};`, "  };");
  }
  lines.push("}", "");
  return lines.join("\n");
}
