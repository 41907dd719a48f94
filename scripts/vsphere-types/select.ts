import type { FieldRow, TypeInfo } from "./parse.ts";

/** A field as it travels: element name, WSDL type name (`xsd:…` for primitives), array or not, version label since. */
export interface Field {
  name: string;
  type: string;
  array: boolean;
  optional: boolean;
  since: string;
}
/** The selected part of the tables, under WSDL names. */
export interface Table {
  types: Record<string, { base: string | null; fields: Field[] }>;
  enums: Record<string, string[]>;
  methods: Record<string, { of: string; since: string; parameters: Field[]; result: Field | null }>;
  /** Base of every fault type; null for MethodFault. */
  faults: Record<string, string | null>;
}

/** Types that pyVmomi's runtime defines in code, not in its tables (VmomiSupport.py, CreateAndLoadMethodFaultType). */
const builtIn: Table["types"] = {
  LocalizedMethodFault: {
    base: null,
    fields: [
      { name: "fault", type: "MethodFault", array: false, optional: false, since: "" },
      { name: "localizedMessage", type: "xsd:string", array: false, optional: true, since: "" },
    ],
  },
  MethodFault: {
    base: null,
    fields: [
      { name: "faultCause", type: "LocalizedMethodFault", array: false, optional: true, since: "" },
      { name: "faultMessage", type: "LocalizableMessage", array: true, optional: true, since: "" },
    ],
  },
  RuntimeFault: { base: "MethodFault", fields: [] },
};

const primitives: Record<string, string> = {
  boolean: "xsd:boolean",
  byte: "xsd:byte",
  short: "xsd:short",
  int: "xsd:int",
  long: "xsd:long",
  float: "xsd:float",
  double: "xsd:double",
  string: "xsd:string",
  anyType: "xsd:anyType",
  "vmodl.URI": "xsd:anyURI",
  "vmodl.Binary": "xsd:base64Binary",
  "vmodl.DateTime": "xsd:dateTime",
  "vmodl.TypeName": "xsd:string",
  "vmodl.MethodName": "xsd:string",
  "vmodl.PropertyPath": "xsd:string",
  "vmodl.ManagedObject": "ManagedObjectReference",
  "vmodl.MethodFault": "LocalizedMethodFault",
  "vmodl.RuntimeFault": "LocalizedMethodFault",
};

/** Picks the rows; throws if the selection names what the tables don't have. */
export function selectRows(
  info: TypeInfo,
  methods: Record<string, readonly string[]>,
  types: readonly string[],
): Table {
  const table: Table = { types: { ...builtIn }, enums: {}, methods: {}, faults: {} };
  const vmodlOf = new Map([...info.data.values()].map((row) => [row.name, row.vmodl]));

  const wireField = (row: FieldRow): Field => {
    const array = row.type.endsWith("[]");
    const vmodl = array ? row.type.slice(0, -2) : row.type;
    const since = info.versions.get(row.since) ?? "";
    const type =
      primitives[vmodl] ??
      info.data.get(vmodl)?.name ??
      info.enums.get(vmodl)?.name ??
      (info.managed.has(vmodl) ? "ManagedObjectReference" : undefined);
    if (type === undefined) throw new Error(`${row.name}: the tables don't have ${vmodl}`);
    const enumeration = info.enums.get(vmodl);
    if (enumeration) table.enums[enumeration.name] = enumeration.values;
    return { name: row.name, type, array, optional: row.optional, since };
  };

  const isFault = (vmodl: string | undefined): boolean =>
    vmodl === "vmodl.MethodFault" ||
    vmodl === "vmodl.RuntimeFault" ||
    (vmodl !== undefined && isFault(info.data.get(vmodl)?.base));
  const baseName = (vmodl: string): string | null => {
    if (vmodl === "vmodl.MethodFault" || vmodl === "vmodl.RuntimeFault") return vmodl.slice(6);
    const name = info.data.get(vmodl)?.name;
    return name === undefined || name === "DynamicData" ? null : name;
  };

  const addType = (name: string): void => {
    if (name in table.types) return;
    const row = info.data.get(vmodlOf.get(name) ?? "");
    if (!row) throw new Error(`the tables have no data type ${name}`);
    const base = baseName(row.base);
    table.types[name] = { base, fields: row.fields.map(wireField) };
    if (base !== null) addType(base);
  };
  for (const name of types) addType(name);

  for (const [type, names] of Object.entries(methods)) {
    const managed = [...info.managed.values()].find((row) => row.name === type);
    for (const name of names) {
      const row = managed?.methods.find((method) => method.name === name);
      if (!row) throw new Error(`the tables have no method ${type}.${name}`);
      const result = {
        name: "returnval",
        type: row.result,
        since: row.since,
        optional: row.resultOptional,
      };
      table.methods[name] = {
        of: type,
        since: info.versions.get(row.since) ?? "",
        parameters: row.parameters.map(wireField),
        result: row.result === "void" ? null : wireField(result),
      };
    }
  }
  table.faults = { MethodFault: null, RuntimeFault: "MethodFault" };
  for (const row of info.data.values()) {
    if (isFault(row.base)) table.faults[row.name] = baseName(row.base) ?? "MethodFault";
  }
  return table;
}
