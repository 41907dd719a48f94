/**
 * Arguments as the SOAP library wants them: keys in the table's order at every depth, xsi:type where the type isn't the
 * declared one, and text escaped. The library itself orders only what its WSDL declares, not a polymorphic value
 * within another (a disk's backing within a device), and vCenter takes elements in the order of its schema only.
 */
import { InvalidRequestError } from "../model/errors.ts";
import type { MoRef } from "../wsdl/moref.ts";
import { enumValues, type FieldInfo, fieldsOf, isA, methodInfo } from "../wsdl/table.ts";

/** A node for the SOAP library: attributes, then raw text or child elements in order. */
export type SoapNode = {
  [child: string]: unknown;
  attributes?: Record<string, string>;
  $xml?: string;
};

/** Checks and orders the arguments of a method. Throws {@link InvalidRequestError} naming the first bad place. */
export function encodeArguments(method: string, self: MoRef, args: object): SoapNode {
  const node: SoapNode = { _this: encodeMoref(`${method}._this`, self) };
  addFields(node, method, methodInfo(method).parameters, args as Record<string, unknown>);
  return node;
}

function addFields(
  node: SoapNode,
  path: string,
  fields: ReadonlyMap<string, FieldInfo>,
  value: Record<string, unknown>,
): void {
  for (const key of Object.keys(value)) {
    if (key !== "_typeName" && !fields.has(key))
      throw new InvalidRequestError(`${path}.${key}`, "unknown field");
  }
  for (const field of fields.values()) {
    const given = value[field.name];
    const at = `${path}.${field.name}`;
    if (given === undefined || given === null) {
      if (!field.optional) throw new InvalidRequestError(at, "required, but missing");
    } else if (field.array) {
      if (!Array.isArray(given)) throw new InvalidRequestError(at, "must be an array");
      if (given.length > 0)
        node[field.name] = given.map((item, i) => encodeValue(`${at}[${i}]`, field.type, item));
    } else {
      node[field.name] = encodeValue(at, field.type, given);
    }
  }
}

function encodeValue(path: string, declared: string, value: unknown): SoapNode {
  if (declared === "ManagedObjectReference") return encodeMoref(path, value as MoRef);
  if (declared === "xsd:anyType") return encodeAny(path, value);
  if (declared.startsWith("xsd:")) return { $xml: encodePrimitive(path, declared, value) };
  const allowed = enumValues(declared);
  if (allowed) {
    if (!allowed.includes(value as string))
      throw new InvalidRequestError(path, `must be one of ${allowed.join(", ")}`);
    return { $xml: value as string };
  }
  if (typeof value !== "object" || value === null)
    throw new InvalidRequestError(path, `must be a ${declared}`);
  return encodeObject(path, declared, value as Record<string, unknown>);
}

function encodeObject(path: string, declared: string, value: Record<string, unknown>): SoapNode {
  const type = (value["_typeName"] as string | undefined) ?? declared;
  const fields = fieldsOf(type);
  if (!fields) throw new InvalidRequestError(path, `unknown type ${type}`);
  if (!isA(type, declared)) throw new InvalidRequestError(path, `${type} isn't a ${declared}`);
  const node: SoapNode = type === declared ? {} : { attributes: { "xsi:type": type } };
  addFields(node, path, fields, value);
  return node;
}

/** A value whose type the schema leaves open always needs one of its own: without it, vCenter sees nothing. */
function encodeAny(path: string, value: unknown): SoapNode {
  if (typeof value === "string") return typed("xsd:string", escapeText(path, value));
  if (typeof value === "boolean") return typed("xsd:boolean", String(value));
  if (typeof value === "number") {
    const type = Number.isInteger(value)
      ? Math.abs(value) < 2 ** 31
        ? "xsd:int"
        : "xsd:long"
      : "xsd:double";
    return typed(type, String(value));
  }
  const type = (value as { _typeName?: string } | null)?._typeName;
  if (type === undefined) throw new InvalidRequestError(path, "needs a _typeName");
  const node = encodeObject(path, type, value as Record<string, unknown>);
  return { attributes: { "xsi:type": type }, ...node };
}

function typed(type: string, text: string): SoapNode {
  return { attributes: { "xsi:type": type }, $xml: text };
}

function encodeMoref(path: string, ref: MoRef): SoapNode {
  if (typeof ref?.type !== "string" || typeof ref.value !== "string") {
    throw new InvalidRequestError(path, "must be a managed object reference");
  }
  return { attributes: { type: ref.type }, $xml: escapeText(path, ref.value) };
}

const integers = new Set(["xsd:byte", "xsd:short", "xsd:int", "xsd:long"]);

function encodePrimitive(path: string, type: string, value: unknown): string {
  if (type === "xsd:boolean") {
    if (typeof value !== "boolean") throw new InvalidRequestError(path, "must be a boolean");
    return String(value);
  }
  if (integers.has(type) || type === "xsd:float" || type === "xsd:double") {
    if (
      typeof value !== "number" ||
      !Number.isFinite(value) ||
      (integers.has(type) && !Number.isInteger(value))
    ) {
      throw new InvalidRequestError(path, `must be a number (${type.slice(4)})`);
    }
    return String(value);
  }
  if (typeof value !== "string") throw new InvalidRequestError(path, "must be a string");
  return escapeText(path, value);
}

const unspeakable =
  // oxlint-disable-next-line no-control-regex -- these are what XML 1.0 can't carry, not even escaped
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const escapes: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\t": "&#x9;",
  "\r": "&#xD;",
  "\n": "&#xA;",
};

function escapeText(path: string, text: string): string {
  if (unspeakable.test(text))
    throw new InvalidRequestError(path, "holds a character that XML can't carry");
  return text.replace(/[&<>\t\r\n]/g, (character) => escapes[character]!);
}
