import { describe, expect, test } from "vitest";
import { decodeResponse, NotSoapError } from "./decode.ts";

const envelope = (body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<soapenv:Body>
${body}
</soapenv:Body>
</soapenv:Envelope>`;

const resultOf = (body: string): unknown => {
  const response = decodeResponse(envelope(body));
  return "result" in response ? response.result : response;
};

describe("what isn't a response is refused", () => {
  const cases = {
    "a web page": "<html><body>503</body></html>",
    "an empty answer": "",
    "text cut off": envelope("<x/>").slice(0, -20),
    "an envelope without a body":
      '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"></e:Envelope>',
  };
  test.each(Object.entries(cases))("%s", (_, xml) => {
    expect(() => decodeResponse(xml)).toThrow(NotSoapError);
  });
});

test.each(["a\u0001b", "a&#x1;b", "a&#1;b", "a&#xD800;b", "a&#xFFFE;b", "a&#x110000;b"])(
  "characters that XML doesn't allow, written by a guest, spoil nothing: %j",
  (text) => {
    const xml = `<CurrentTimeResponse xmlns="urn:vim25"><returnval>${text}</returnval></CurrentTimeResponse>`;
    expect(resultOf(xml)).toBe("a\ufffdb");
  },
);

test("references to characters that XML allows mean them", () => {
  const text = "&#x9;&#65;&#x1F600;]]&gt;&amp;#x1;";
  const xml = `<CurrentTimeResponse xmlns="urn:vim25"><returnval>${text}</returnval></CurrentTimeResponse>`;
  expect(resultOf(xml)).toBe("\tA\u{1F600}]]>&#x1;");
});

test("an array that is always there is empty where nothing of it was sent", () => {
  const xml = `<RetrievePropertiesExResponse xmlns="urn:vim25"><returnval></returnval></RetrievePropertiesExResponse>`;
  expect(resultOf(xml)).toEqual({ _typeName: "RetrieveResult", objects: [] });
});

describe("faults", () => {
  test("are known by the type of their detail", () => {
    const response = decodeResponse(
      envelope(`<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>The name 'f' already exists.</faultstring>
<detail><DuplicateNameFault xmlns="urn:vim25" xsi:type="DuplicateName"><name>f</name><object type="Folder">group-v5</object></DuplicateNameFault></detail></soapenv:Fault>`),
    );
    expect(response).toEqual({
      fault: {
        type: "DuplicateName",
        message: "The name 'f' already exists.",
        details: { name: "f", object: { type: "Folder", value: "group-v5" } },
      },
    });
  });

  test("without detail are MethodFault", () => {
    const response = decodeResponse(
      envelope("<soapenv:Fault><faultstring>boom</faultstring></soapenv:Fault>"),
    );
    expect(response).toEqual({ fault: { type: "MethodFault", message: "boom", details: {} } });
  });

  test("in a task's error keep their type, even when they have no fields", () => {
    const result =
      resultOf(`<WaitForUpdatesExResponse xmlns="urn:vim25"><returnval><version>2</version><filterSet>
<filter type="PropertyFilter">f</filter><objectSet><kind>modify</kind><obj type="Task">task-1</obj>
<changeSet><name>info.error</name><op>assign</op><val xsi:type="LocalizedMethodFault"><fault xsi:type="FileNotFound"><file>[ds] x</file></fault><localizedMessage>File not found</localizedMessage></val></changeSet>
<changeSet><name>info.other</name><op>assign</op><val xsi:type="LocalizedMethodFault"><fault xsi:type="NoPermission"/></val></changeSet>
</objectSet></filterSet></returnval></WaitForUpdatesExResponse>`);
    expect(result).toMatchObject({
      filterSet: [
        {
          objectSet: [
            {
              changeSet: [
                {
                  val: {
                    fault: { _typeName: "FileNotFound", file: "[ds] x" },
                    localizedMessage: "File not found",
                  },
                },
                { val: { fault: { _typeName: "NoPermission" } } },
              ],
            },
          ],
        },
      ],
    });
  });
});

describe("values get the types that the table or xsi:type names", () => {
  const val = (text: string): unknown =>
    (
      resultOf(
        `<RetrievePropertiesExResponse xmlns="urn:vim25"><returnval><objects><obj type="VirtualMachine">vm-1</obj><propSet><name>p</name>${text}</propSet></objects></returnval></RetrievePropertiesExResponse>`,
      ) as { objects: [{ propSet: [{ val: unknown }] }] }
    ).objects[0].propSet[0].val;

  const cases: [string, string, unknown][] = [
    ["a number", '<val xsi:type="xsd:int">7</val>', 7],
    ["a large number", '<val xsi:type="xsd:long">8796093022208</val>', 8796093022208],
    ["a boolean", '<val xsi:type="xsd:boolean">false</val>', false],
    ["a text that looks like a number", '<val xsi:type="xsd:string">007</val>', "007"],
    ["an empty text", '<val xsi:type="xsd:string"></val>', ""],
    ["spaces at the ends", '<val xsi:type="xsd:string"> a\n</val>', " a\n"],
    [
      "escaped text and CDATA",
      '<val xsi:type="xsd:string">a&amp;&lt;<![CDATA[<b>]]>&#10;</val>',
      "a&<<b>\n",
    ],
    [
      "an enumeration that isn't in the table",
      '<val xsi:type="VirtualMachinePowerState">poweredOn</val>',
      "poweredOn",
    ],
    [
      "a reference",
      '<val xsi:type="ManagedObjectReference" type="HostSystem">host-1</val>',
      { type: "HostSystem", value: "host-1" },
    ],
    [
      "an array of one reference",
      '<val xsi:type="ArrayOfManagedObjectReference"><ManagedObjectReference type="Datastore">d-1</ManagedObjectReference></val>',
      [{ type: "Datastore", value: "d-1" }],
    ],
    ["an empty array", '<val xsi:type="ArrayOfManagedObjectReference"/>', []],
    [
      "an array of texts",
      '<val xsi:type="ArrayOfString"><string>a</string><string/></val>',
      ["a", ""],
    ],
    [
      "another prefix for xsi",
      '<val xmlns:_X="http://www.w3.org/2001/XMLSchema-instance" _X:type="xsd:int">1</val>',
      1,
    ],
    [
      "a device with a backing",
      `<val xsi:type="ArrayOfVirtualDevice"><VirtualDevice xsi:type="VirtualDisk"><key>2000</key><backing xsi:type="VirtualDiskFlatVer2BackingInfo"><fileName>[ds] a.vmdk</fileName><diskMode>persistent</diskMode><parent><fileName>[ds] p.vmdk</fileName><diskMode>persistent</diskMode></parent></backing><capacityInKB>1024</capacityInKB></VirtualDevice></val>`,
      [
        {
          _typeName: "VirtualDisk",
          key: 2000,
          capacityInKB: 1024,
          backing: {
            _typeName: "VirtualDiskFlatVer2BackingInfo",
            fileName: "[ds] a.vmdk",
            diskMode: "persistent",
            parent: {
              _typeName: "VirtualDiskFlatVer2BackingInfo",
              fileName: "[ds] p.vmdk",
              diskMode: "persistent",
            },
          },
        },
      ],
    ],
    [
      "a type that isn't in the table, by its shape",
      '<val xsi:type="GuestNicInfo"><network>n</network><ipAddress>10.0.0.1</ipAddress><ipAddress>10.0.0.2</ipAddress></val>',
      { _typeName: "GuestNicInfo", network: "n", ipAddress: ["10.0.0.1", "10.0.0.2"] },
    ],
    [
      "a subtype that isn't in the table, by its base",
      '<val xsi:type="HostDatastoreBrowserSearchResults"><file xsi:type="IsoImageFileInfo"><path>a.iso</path><fileSize>7</fileSize></file></val>',
      {
        _typeName: "HostDatastoreBrowserSearchResults",
        file: [{ _typeName: "IsoImageFileInfo", path: "a.iso", fileSize: 7 }],
      },
    ],
    [
      "a field that isn't in the table",
      '<val xsi:type="OptionValue"><key>k</key><value xsi:type="xsd:string">v</value><new>1</new></val>',
      { _typeName: "OptionValue", key: "k", value: "v", new: "1" },
    ],
  ];
  test.each(cases)("%s", (_, xml, expected) => {
    expect(val(xml)).toEqual(expected);
  });
});

describe("results", () => {
  test("of a method that returns nothing are undefined", () => {
    expect(resultOf('<LogoutResponse xmlns="urn:vim25"/>')).toBeUndefined();
  });
  test("that are absent are undefined", () => {
    expect(resultOf('<FindByUuidResponse xmlns="urn:vim25"></FindByUuidResponse>')).toBeUndefined();
  });
  test("of an unselected method are refused", () => {
    expect(() => resultOf('<FrobnicateResponse xmlns="urn:vim25"/>')).toThrow("Frobnicate");
  });
});
