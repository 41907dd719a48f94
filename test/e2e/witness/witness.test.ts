import { beforeAll, describe, expect, test } from "vitest";
import type { SoapRequest } from "./requests.ts";
import { judge, type Objection } from "./witnesses.ts";

const request = (call: string, soapAction = '"urn:vim25/6.5"'): SoapRequest => ({
  soapAction,
  text: [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"',
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">',
    `<soap:Body>${call}</soap:Body></soap:Envelope>`,
  ].join(""),
});

const DISK = [
  "<key>-2</key>",
  '<backing xsi:type="VirtualDiskFlatVer2BackingInfo"><fileName>[ds] c/c.vmdk</fileName><diskMode>persistent</diskMode></backing>',
  "<controllerKey>-1</controllerKey><unitNumber>0</unitNumber><capacityInKB>0</capacityInKB>",
].join("");

const RECONFIGURE = [
  '<ReconfigVM_Task xmlns="urn:vim25"><_this type="VirtualMachine">vm-1</_this><spec><changeVersion>1</changeVersion>',
  `<deviceChange><operation>add</operation><fileOperation>create</fileOperation><device xsi:type="VirtualDisk">${DISK}</device></deviceChange>`,
  '<extraConfig><key>k</key><value xsi:type="xsd:string">v</value></extraConfig></spec></ReconfigVM_Task>',
].join("");

const READ = [
  '<RetrievePropertiesEx xmlns="urn:vim25"><_this type="PropertyCollector">pc</_this>',
  "<specSet><propSet><type>VirtualMachine</type><pathSet>config.hardware.numCPU</pathSet></propSet>",
  '<objectSet><obj type="Folder">group-v1</obj><skip>true</skip><selectSet xsi:type="TraversalSpec">',
  "<type>Folder</type><path>childEntity</path><skip>false</skip></selectSet></objectSet></specSet><options/></RetrievePropertiesEx>",
].join("");

/** What, the request that is right, what is put there instead of what, and who objects: govmomi's structs don't say everything. */
const WRONG: readonly (readonly [string, string, string | RegExp, string, 1 | 2])[] = [
  ["an unknown element", RECONFIGURE, "<extraConfig>", "<extra>1</extra><extraConfig>", 2],
  ["a wrong order", RECONFIGURE, /(<controllerKey>.*?)(<unit.*?)(<capacity)/, "$2$1$3", 2],
  ["what is missing", RECONFIGURE, "<key>-2</key>", "", 2],
  ["an unknown type", RECONFIGURE, "VirtualDiskFlatVer2BackingInfo", "FlatBacking", 2],
  ["a type of another kind", RECONFIGURE, "VirtualDiskFlatVer2BackingInfo", "VirtualDisk", 2],
  ["a value of no type", RECONFIGURE, ' xsi:type="xsd:string"', "", 2],
  ["a value outside an enumeration", RECONFIGURE, ">create<", ">make<", 2],
  ["text for a number", RECONFIGURE, ">-1<", ">first<", 2],
  ["an unknown method", RECONFIGURE, /ReconfigVM_Task/g, "ReconfigVM", 2],
  ["another namespace", RECONFIGURE, "urn:vim25", "urn:vim26", 2],
  ["a repeated element", RECONFIGURE, /(<changeVersion>.*<.changeVersion>)/, "$1$1", 2],
  ["a method of another type", RECONFIGURE, "VirtualMachine", "Folder", 1],
  ["newer than is spoken", RECONFIGURE, "</spec>", "<sevEnabled>true</sevEnabled></spec>", 1],
  ["a property that there isn't", READ, "numCPU", "numCPUs", 1],
  ["a way that leads nowhere", READ, "childEntity", "name", 1],
];

describe("the witnesses", () => {
  const right = [request(RECONFIGURE), request(READ)];
  const wrong = WRONG.map(([_what, call, old, other]) => request(call.replace(old, other)));
  let objections: Promise<Objection[]>;
  beforeAll(() => {
    objections = judge([...right, ...wrong]);
  });

  test.each(WRONG.map(([what, , , , count], at) => [what, count, at] as const))(
    "refuse %s",
    async (_what, count, at) => {
      const against = (await objections).filter((each) => each.request === wrong[at]);
      const witnesses = new Set(against.map(({ witness }) => witness));
      expect(witnesses.size, JSON.stringify(against)).toBe(count);
      if (count === 1) expect(witnesses).toEqual(new Set(["pyVmomi"]));
    },
  );

  test("have nothing against what is right", async () => {
    expect((await objections).filter((each) => right.includes(each.request))).toEqual([]);
  });
});
