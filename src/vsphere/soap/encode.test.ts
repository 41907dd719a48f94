import fc, { type GeneratorValue } from "fast-check";
import { SaxesParser } from "saxes";
import { beforeAll, describe, expect, test } from "vitest";
import { InvalidRequestError } from "../model/errors.ts";
import { moref } from "../wsdl/moref.ts";
import { types } from "../wsdl/table.gen.ts";
import { enumValues, type FieldInfo, fieldsOf, isA, methodInfo } from "../wsdl/table.ts";
import { SoapClient } from "./client.ts";
import { encodeArguments } from "./encode.ts";
import type { Transport } from "./transport.ts";

let sent = "";
let client: SoapClient;

beforeAll(async () => {
  // What goes out is looked at here, so nothing is sent.
  const transport = {
    origin: "http://localhost",
    post: async (_path: string, xml: string) => {
      sent = xml;
      return `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><Response/></e:Body></e:Envelope>`;
    },
  } as unknown as Transport;
  client = await SoapClient.create(transport);
});

async function xmlOf(method: string, args: object): Promise<string> {
  await client
    .call(method, moref("VirtualApp", "vapp-1"), args, { timeoutMs: 1000 })
    .catch((error: unknown) => {
      if (error instanceof InvalidRequestError) throw error;
    });
  return sent;
}

interface Element {
  name: string;
  type: string | undefined;
  children: Element[];
  text: string;
}

/** The XML as elements; throws if it isn't well-formed or a prefix is unbound. */
function parse(xml: string): Element {
  const parser = new SaxesParser({ xmlns: true });
  const stack: Element[] = [{ name: "", type: undefined, children: [], text: "" }];
  parser.on("opentag", (tag) => {
    const xsiType = tag.attributes["xsi:type"]?.value;
    const prefix = xsiType?.includes(":") ? xsiType.split(":")[0]! : "";
    if (xsiType !== undefined && parser.resolve(prefix) === undefined)
      throw new Error(`${xsiType}: unbound prefix`);
    const element = {
      name: tag.local,
      type: xsiType?.replace(/^xsd:/, ""),
      children: [],
      text: "",
    };
    if (stack.length > 3 && tag.uri !== "urn:vim25")
      throw new Error(`${tag.name} is in ${tag.uri}`);
    stack.at(-1)!.children.push(element);
    stack.push(element);
  });
  parser.on("text", (text) => (stack.at(-1)!.text += text));
  parser.on("closetag", () => stack.pop());
  parser.on("error", (error) => {
    throw error;
  });
  parser.write(xml).close();
  return stack[0]!.children[0]!;
}

const bodyOf = (xml: string): Element =>
  parse(xml).children.find((child) => child.name === "Body")!.children[0]!;

/** Fails unless children come in the order of the table, at every depth. */
function expectTableOrder(
  path: string,
  element: Element,
  fields: ReadonlyMap<string, FieldInfo>,
): void {
  const order = [...fields.keys()];
  const positions = element.children.map((child) => order.indexOf(child.name));
  expect(positions, `${path}: ${element.children.map((child) => child.name).join(" ")}`).toEqual(
    positions.toSorted((a, b) => a - b),
  );
  for (const child of element.children) {
    const field = fields.get(child.name);
    expect(field, `${path}.${child.name}`).toBeDefined();
    const inner = fieldsOf(child.type ?? field!.type);
    if (inner) expectTableOrder(`${path}.${child.name}`, child, inner);
  }
}

const concreteTypes = (type: string): string[] =>
  Object.keys(types).filter((candidate) => isA(candidate, type));

/** Any value of a declared type, its keys in any order. */
function anyValue(gen: GeneratorValue, type: string, depth: number): unknown {
  if (type === "ManagedObjectReference") return { type: "Datastore", value: gen(fc.string) };
  if (type === "xsd:anyType") return gen(fc.constantFrom, "text", true, 7, 2 ** 40, 1.5);
  if (type === "xsd:boolean") return gen(fc.boolean);
  if (/^xsd:(byte|short|int|long)$/.test(type)) return gen(fc.integer);
  if (/^xsd:(float|double)$/.test(type)) return gen(fc.integer) / 4;
  if (type.startsWith("xsd:")) return gen(fc.string);
  const values = enumValues(type);
  if (values) return gen(fc.constantFrom, ...values);
  const actual = gen(fc.constantFrom, ...concreteTypes(type)) as string;
  return { ...anyObject(gen, fieldsOf(actual)!, depth), _typeName: actual };
}

function anyObject(
  gen: GeneratorValue,
  fields: ReadonlyMap<string, FieldInfo>,
  depth: number,
): object {
  const names = gen(fc.shuffledSubarray<string>, [...fields.keys()], { minLength: fields.size });
  const entries = names.flatMap((name): [string, unknown][] => {
    const field = fields.get(name)!;
    if (field.optional && (depth > 3 || gen(fc.boolean))) return [];
    if (!field.array) return [[name, anyValue(gen, field.type, depth + 1)]];
    const size = gen(fc.integer, { min: 0, max: depth > 3 ? 0 : 2 });
    return [[name, Array.from({ length: size }, () => anyValue(gen, field.type, depth + 1))]];
  });
  return Object.fromEntries(entries);
}

describe("any arguments", () => {
  for (const method of [
    "CreateChildVM_Task",
    "CreateVApp",
    "CreateDVPortgroup_Task",
    "CreateFilter",
  ]) {
    test(`of ${method} go out in the table's order, whatever order they were written in`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.gen(), async (gen) => {
          const { parameters } = methodInfo(method);
          const xml = await xmlOf(method, anyObject(gen, parameters, 0));
          const call = bodyOf(xml);
          expect(call.name).toBe(method);
          expect(call.children[0]!.name).toBe("_this");
          expectTableOrder(method, { ...call, children: call.children.slice(1) }, parameters);
        }),
        { numRuns: 150 },
      );
    });
  }

  test("keep their text, whatever characters it has", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (name) => {
        // oxlint-disable-next-line no-control-regex -- the characters that XML can't carry
        fc.pre(!/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u.test(name));
        const call = bodyOf(await xmlOf("CreateFolder", { name }));
        expect(call.children.find((child) => child.name === "name")!.text).toBe(name);
      }),
    );
  });
});

describe("a disk within a device change", () => {
  const backing = {
    parent: {
      _typeName: "VirtualDiskFlatVer2BackingInfo",
      diskMode: "persistent",
      fileName: "[ds] p/p.vmdk",
    },
    thinProvisioned: true,
    diskMode: "persistent",
    fileName: "[ds] a/a.vmdk",
    _typeName: "VirtualDiskFlatVer2BackingInfo",
  };
  const device = {
    capacityInKB: 0,
    backing,
    unitNumber: 0,
    key: -2,
    _typeName: "VirtualDisk",
    controllerKey: -1,
  };
  const config = { deviceChange: [{ device, fileOperation: "create", operation: "add" }] };

  test("says its type and that of its backing", async () => {
    const call = bodyOf(await xmlOf("CreateChildVM_Task", { config }));
    const change = call.children[1]!.children[0]!;
    expect(change.children.map((child) => child.name)).toEqual([
      "operation",
      "fileOperation",
      "device",
    ]);
    const disk = change.children[2]!;
    expect(disk.type).toBe("VirtualDisk");
    const [, sentBacking] = disk.children;
    expect(sentBacking!.type).toBe("VirtualDiskFlatVer2BackingInfo");
    expect(sentBacking!.children.map((child) => child.name)).toEqual([
      "fileName",
      "diskMode",
      "thinProvisioned",
      "parent",
    ]);
  });
});

describe("arguments that the table doesn't allow are refused with their place", () => {
  const refused: [string, object, string][] = [
    [
      "a required field missing",
      { config: { deviceChange: [{ operation: "add" }] } },
      "config.deviceChange[0].device",
    ],
    ["an unknown field", { config: { nmae: "x" } }, "config.nmae"],
    [
      "a value outside its enumeration",
      { config: { deviceChange: [{ operation: "destroy" }] } },
      "operation",
    ],
    [
      "an unknown type",
      { config: { deviceChange: [{ device: { _typeName: "Disk", key: 1 } }] } },
      "device",
    ],
    [
      "a type that isn't of the declared one",
      { config: { deviceChange: [{ device: { _typeName: "OptionValue", key: "k" } }] } },
      "device",
    ],
    ["a text for a number", { config: { memoryMB: "64" } }, "config.memoryMB"],
    ["a fraction for a whole number", { config: { memoryMB: 64.5 } }, "config.memoryMB"],
    ["NaN", { config: { memoryMB: Number.NaN } }, "config.memoryMB"],
    [
      "one value for an array",
      { config: { extraConfig: { key: "k", value: "v" } } },
      "config.extraConfig",
    ],
    [
      "an object without a type for a value of open type",
      { config: { extraConfig: [{ key: "k", value: {} }] } },
      "value",
    ],
    ["a NUL", { config: { name: "a\u0000b" } }, "config.name"],
    ["half of a surrogate pair", { config: { name: "a\ud800b" } }, "config.name"],
    ["a reference that isn't one", { config: {}, host: "host-1" }, "host"],
  ];
  test.each(refused)("%s", (_, args, place) => {
    const encode = (): unknown =>
      encodeArguments("CreateChildVM_Task", moref("VirtualApp", "v"), args);
    expect(encode).toThrow(InvalidRequestError);
    expect(encode).toThrow(place);
  });
});

test("the operation id stands in the header, and nothing of it can end the header", async () => {
  await client
    .call("CurrentTime", moref("ServiceInstance", "s"), {}, { timeoutMs: 1 }, "vic-a<b>")
    .catch(() => undefined);
  const header = parse(sent).children.find((child) => child.name === "Header")!;
  expect(header.children[0]).toMatchObject({ name: "operationID", text: "vic-a_b_" });
});
