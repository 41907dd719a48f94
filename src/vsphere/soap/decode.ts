/**
 * Reads a SOAP response by the type table, with saxes. Values get the types that the table or xsi:type names: numbers,
 * booleans, arrays, references. What the table doesn't know (newer or unselected types) is read by its shape: text,
 * objects with `_typeName`, arrays where an element repeats. Why not the SOAP library's reader: see
 * docs/decisions/0004-reading-soap-with-saxes.md.
 */
import { SaxesParser } from "saxes";
import { lastingText } from "./lasting-text.ts";
import {
  enumValues,
  type FieldInfo,
  fieldsOf,
  methodInfo,
  requiredArraysOf,
} from "../wsdl/table.ts";

/** A fault as it was answered. */
export interface FaultBody {
  /** Type name of the detail, e.g. `InvalidLogin`. */
  type: string;
  message: string;
  details: Record<string, unknown>;
}
/** What the body of a response holds. */
export type ResponseBody = { method: string; result: unknown } | { fault: FaultBody };

/** Thrown when the text isn't a SOAP response. */
export class NotSoapError extends Error {}

type Kind = "struct" | "array" | "text" | "moref" | "open" | "envelope";

interface Frame {
  kind: Kind;
  name: string;
  /** Type name, declared or by xsi:type. */
  type: string;
  /** Of struct. */
  fields: ReadonlyMap<string, FieldInfo> | undefined;
  /** Of struct and open. */
  object: Record<string, unknown>;
  items: unknown[];
  text: string;
  hasChildren: boolean;
  /** The unprefixed `type` attribute, which references have. */
  refType: string | undefined;
  isNil: boolean;
  /** Field of the parent that this fills. */
  field: FieldInfo | undefined;
}

const localName = (name: string): string => name.slice(name.indexOf(":") + 1);
const isPrimitive = (local: string): boolean => /^[a-z]/.test(local);

function frame(kind: Kind, name: string, type: string): Frame {
  return {
    kind,
    name,
    type,
    fields: kind === "struct" ? fieldsOf(type) : undefined,
    object: {},
    items: [],
    text: "",
    hasChildren: false,
    refType: undefined,
    isNil: false,
    field: undefined,
  };
}

function kindOf(type: string): Kind {
  if (type === "" || type === "xsd:anyType") return "open";
  if (type.startsWith("xsd:") || enumValues(type)) return "text";
  if (type === "ManagedObjectReference") return "moref";
  if (type.startsWith("ArrayOf")) return "array";
  return fieldsOf(type) ? "struct" : "open";
}

/** Type of an array's items: `ArrayOfString` holds xsd:string, `ArrayOfVirtualDevice` VirtualDevice. */
function itemType(arrayType: string): string {
  const name = arrayType.slice("ArrayOf".length);
  const primitive =
    /^(String|Int|Long|Short|Byte|Boolean|Double|Float|AnyType|AnyURI|Base64Binary)$/.test(name);
  if (!primitive) return name === "MethodFault" ? "LocalizedMethodFault" : name;
  return `xsd:${name[0]!.toLowerCase()}${name.slice(1)}`;
}

// oxlint-disable-next-line no-control-regex -- these are what XML 1.0 can't carry
const unspeakable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const unspeakableCode = new RegExp(unspeakable.source);
/** References to characters, but for those that stand in every answer (quotes, tabs, ends of lines): where there are no others, it isn't copied. */
const references = /&#(?!(?:34|39|x9|xA|xD);)(x[0-9a-fA-F]+|[0-9]+);/g;

/**
 * Replaces characters that XML doesn't allow. Servers pass on what guests wrote (a host name, a value of guestinfo): one
 * hostile guest must not end the watch of everybody's VMs.
 */
function speakable(xml: string): string {
  const replaced = xml.replace(unspeakable, "\ufffd");
  return replaced.replace(references, (reference, digits: string) => {
    const code = Number(digits.startsWith("x") ? `0${digits}` : digits);
    const isCharacter = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return isCharacter && !unspeakableCode.test(String.fromCodePoint(code)) ? reference : "\ufffd";
  });
}

/** Reads one response. Throws {@link NotSoapError} if it isn't one. */
export function decodeResponse(xml: string): ResponseBody {
  const parser = new SaxesParser();
  const stack: Frame[] = [];
  let body: ResponseBody | undefined;

  parser.on("error", (error) => {
    throw new NotSoapError(`not a SOAP response: ${error.message}`);
  });
  parser.on("opentag", (tag) => {
    const next = openFrame(stack, localName(tag.name));
    for (const [name, value] of Object.entries(tag.attributes)) readAttribute(next, name, value);
    stack.push(next);
  });
  const addText = (text: string): void => {
    const top = stack.at(-1);
    if (top) top.text += text;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("closetag", () => {
    const done = stack.pop()!;
    if (stack.length === 2) body = bodyOf(done);
    else if (stack.length > 2) attach(stack.at(-1)!, done);
  });
  parser.write(speakable(xml)).close();
  if (!body) throw new NotSoapError("not a SOAP response: no body");
  return body;
}

function openFrame(stack: Frame[], name: string): Frame {
  const parent = stack.at(-1);
  if (stack.length === 0 && name !== "Envelope")
    throw new NotSoapError(`not a SOAP response: <${name}>`);
  if (!parent || stack.length === 1) return frame("envelope", name, "");
  parent.hasChildren = true;
  if (stack.length === 2) {
    const response = frame("open", name, "");
    if (name.endsWith("Response") && parent.name === "Body") {
      const result = methodInfo(name.slice(0, -"Response".length)).result;
      response.kind = "struct";
      response.fields = new Map(result ? [[result.name, result]] : []);
    }
    return response;
  }
  const field = parent.fields?.get(name);
  const type = field?.type ?? (parent.kind === "array" ? itemType(parent.type) : "");
  const child = frame(kindOf(type), name, type);
  child.field = field;
  return child;
}

/** xsi:type is known by its local name, since servers differ in the prefix. */
function readAttribute(target: Frame, name: string, value: string): void {
  if (name === "type") target.refType = value;
  if (!name.includes(":")) return;
  if (localName(name) === "nil") target.isNil = value === "true" || value === "1";
  if (localName(name) !== "type" || target.kind === "envelope") return;
  const local = localName(value);
  const kind = kindOf(isPrimitive(local) ? `xsd:${local}` : local);
  // A subtype that isn't in the table is read by what it has of the declared type.
  const byBase = kind === "open" && target.kind === "struct";
  target.type = isPrimitive(local) ? `xsd:${local}` : local;
  if (byBase) return;
  target.kind = kind;
  target.fields = kind === "struct" ? fieldsOf(local) : undefined;
}

function valueOf(done: Frame): unknown {
  if (done.isNil) return undefined;
  switch (done.kind) {
    case "text":
      return primitiveValue(done.type, done.text);
    case "moref":
      return { type: lastingText(done.refType ?? ""), value: lastingText(done.text) };
    case "array":
      return done.items;
    case "struct":
      for (const name of done.fields ? requiredArraysOf(done.fields) : []) done.object[name] ??= [];
      return done.type === "" ? done.object : { _typeName: done.type, ...done.object };
    default:
      if (done.refType !== undefined && !done.hasChildren)
        return { type: lastingText(done.refType), value: lastingText(done.text) };
      // An unknown type with neither is an object without fields (a fault, mostly); with text, an enumeration's value.
      if (done.hasChildren || (done.type !== "" && done.text === "")) {
        return done.type === "" ? done.object : { _typeName: done.type, ...done.object };
      }
      return lastingText(done.text);
  }
}

function attach(parent: Frame, done: Frame): void {
  const value = valueOf(done);
  if (value === undefined) return;
  if (parent.kind === "array") {
    parent.items.push(value);
    return;
  }
  const known = parent.object[done.name];
  if (done.field ? done.field.array : known !== undefined) {
    if (Array.isArray(known)) known.push(value);
    else parent.object[done.name] = known === undefined ? [value] : [known, value];
  } else {
    parent.object[done.name] = value;
  }
}

function primitiveValue(type: string, text: string): unknown {
  switch (type) {
    case "xsd:boolean":
      return text === "true" || text === "1";
    case "xsd:byte":
    case "xsd:short":
    case "xsd:int":
    case "xsd:long":
    case "xsd:float":
    case "xsd:double":
      return Number(text);
    default:
      return lastingText(text);
  }
}

function bodyOf(done: Frame): ResponseBody {
  if (done.name !== "Fault") {
    return { method: done.name.replace(/Response$/, ""), result: done.object["returnval"] };
  }
  const detail = Object.values((done.object["detail"] ?? {}) as Record<string, unknown>)[0];
  const { _typeName, ...details } = (
    typeof detail === "object" && detail !== null ? detail : {}
  ) as Record<string, unknown>;
  const message = typeof done.object["faultstring"] === "string" ? done.object["faultstring"] : "";
  return { fault: { type: (_typeName as string | undefined) ?? "MethodFault", message, details } };
}
