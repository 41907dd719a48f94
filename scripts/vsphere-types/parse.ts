/** Rows of pyVmomi's `_typeinfo_*.py`, which are Python calls with literal arguments. */

/** A field or parameter: name, VMODL type, VMODL version since, flags. */
export interface FieldRow {
  name: string;
  type: string;
  since: string;
  optional: boolean;
}
export interface TypeRow {
  vmodl: string;
  name: string;
  base: string;
  fields: FieldRow[];
}
export interface MethodRow {
  name: string;
  since: string;
  parameters: FieldRow[];
  /** VMODL type, `void` if none. */
  result: string;
  resultOptional: boolean;
}
export interface TypeInfo {
  data: Map<string, TypeRow>;
  enums: Map<string, { name: string; values: string[] }>;
  managed: Map<string, { name: string; base: string; methods: MethodRow[] }>;
  /** VMODL version → label such as `6.5`. */
  versions: Map<string, string>;
}

type Literal = string | number | null | Literal[];

/** Python literals of one call as JSON: tuples become arrays, flags a number: 1 if optional, and 2 if a link. */
function literals(args: string): Literal[] {
  const strings: string[] = [];
  const bare = args.replace(
    /"((?:[^"\\]|\\.)*)"/g,
    (_, text: string) => `"${strings.push(text) - 1}"`,
  );
  const json = bare
    .replaceAll("(", "[")
    .replaceAll(")", "]")
    .replaceAll("None", "null")
    .replaceAll("True", "1")
    .replaceAll("False", "0")
    .replace(/F_\w+(?:\s*\|\s*F_\w+)*/g, (flags) =>
      String((flags.includes("F_OPTIONAL") ? 1 : 0) + (/F_LINK\b/.test(flags) ? 2 : 0)),
    )
    .replace(/,\s*\]/g, "]")
    .replace(/"(\d+)"/g, (_, index: string) => JSON.stringify(strings[Number(index)]));
  return JSON.parse(`[${json}]`) as Literal[];
}

function fields(rows: Literal): FieldRow[] {
  return ((rows ?? []) as [string, string, string, number][]).map(([name, type, since, flags]) => ({
    name,
    // What is linked to stands elsewhere; here is its key.
    type: flags & 2 ? (type.endsWith("[]") ? "string[]" : "string") : type,
    since,
    optional: (flags & 1) === 1,
  }));
}

/** Reads the tables; throws on a row that it doesn't understand. */
export function parseTypeInfo(texts: readonly string[]): TypeInfo {
  const info: TypeInfo = {
    data: new Map(),
    enums: new Map(),
    managed: new Map(),
    versions: new Map(),
  };
  for (const line of texts.flatMap((text) => text.split("\n"))) {
    const call = /^(AddVersion|CreateDataType|CreateEnumType|CreateManagedType)\((.*)\)$/.exec(
      line,
    );
    if (!call) continue;
    const args = literals(call[2]!);
    const [vmodl, name, third] = args as [string, string, string];
    if (call[1] === "AddVersion") info.versions.set(vmodl, third);
    else if (call[1] === "CreateEnumType")
      info.enums.set(vmodl, { name, values: args[3] as string[] });
    else if (call[1] === "CreateDataType")
      info.data.set(vmodl, { vmodl, name, base: third, fields: fields(args[4]!) });
    else
      info.managed.set(vmodl, {
        name,
        base: third,
        methods: ((args[5] ?? []) as Literal[][]).map(methodRow),
      });
  }
  return info;
}

function methodRow(row: Literal[]): MethodRow {
  const [optional, type] = row[4] as [number, string, string];
  return {
    name: row[1] as string,
    since: row[2] as string,
    parameters: fields(row[3]!),
    result: type,
    resultOptional: optional === 1,
  };
}
