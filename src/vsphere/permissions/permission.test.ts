import { expect, test } from "vitest";
import { VSphereFault } from "../model/fault.ts";
import { describeLacks, isDenied, missingOf } from "./permission.ts";
import { decodeResponse } from "../soap/decode.ts";

/** The details of a NoPermission fault as a server sends it. */
function answered(detail: string): VSphereFault {
  const body = decodeResponse(
    `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>Permission to perform this operation was denied.</faultstring><detail><NoPermissionFault xmlns="urn:vim25" xsi:type="NoPermission">${detail}</NoPermissionFault></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>`,
  );
  if (!("fault" in body)) throw new Error("no fault");
  return new VSphereFault(body.fault.type, body.fault.message, body.fault.details);
}

const first = `<object type="Folder">group-v3</object><privilegeId>Folder.Create</privilegeId>`;
const lacking = (entity: string, ...privileges: string[]): string =>
  `<missingPrivileges><entity type="Folder">${entity}</entity>${privileges.map((each) => `<privilegeIds>${each}</privilegeIds>`).join("")}</missingPrivileges>`;

test.each([
  ["a server before 7.0 U3", first, [["group-v3", ["Folder.Create"]]]],
  [
    "one privilege on one object",
    first + lacking("group-v3", "Folder.Create"),
    [["group-v3", ["Folder.Create"]]],
  ],
  [
    "one on each of two",
    first + lacking("group-v3", "Folder.Delete") + lacking("group-v4", "Folder.Delete"),
    [
      ["group-v3", ["Folder.Delete"]],
      ["group-v4", ["Folder.Delete"]],
    ],
  ],
  [
    "two on one",
    first + lacking("group-v3", "Folder.Create", "Folder.Delete"),
    [["group-v3", ["Folder.Create", "Folder.Delete"]]],
  ],
])("what is missing is read from %s", (_, detail, expected) => {
  const fault = answered(detail);
  expect(isDenied(fault)).toBe(true);
  expect(missingOf(fault).map(({ entity, privileges }) => [entity.value, privileges])).toEqual(
    expected,
  );
});

test("a session that is over lacks no privilege", () =>
  expect(isDenied(new VSphereFault("NotAuthenticated", ""))).toBe(false));

test("what is lacking is told in one order, whatever the server's", () => {
  const lacks = [
    { privileges: ["B", "A"], object: 'VM "x"' },
    { privileges: ["A"], object: 'folder "y"' },
  ];
  const told = describeLacks("ops", lacks);
  expect(told).toBe('user ops lacks A on folder "y"; A, B on VM "x"');
  expect(describeLacks("ops", lacks.toReversed())).toBe(told);
});
