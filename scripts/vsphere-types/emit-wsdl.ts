import type { Field, Table } from "./select.ts";

const tns = (type: string): string => (type.startsWith("xsd:") ? type : `vim25:${type}`);

function element(field: Field): string {
  const occurs = `${field.optional ? ' minOccurs="0"' : ""}${field.array ? ' maxOccurs="unbounded"' : ""}`;
  return `<xsd:element name="${field.name}" type="${tns(field.type)}"${occurs}/>`;
}
const sequence = (fields: Field[]): string =>
  `<xsd:sequence>${fields.map(element).join("")}</xsd:sequence>`;

function complexType(name: string, base: string | null, fields: Field[]): string {
  const content =
    base === null
      ? sequence(fields)
      : `<xsd:complexContent><xsd:extension base="${tns(base)}">${sequence(fields)}</xsd:extension></xsd:complexContent>`;
  return `<xsd:complexType name="${name}">${content}</xsd:complexType>`;
}

/** A WSDL of the selected methods and types, document/literal, as VMware's own. */
export function wsdlText(table: Table): string {
  const self: Field = {
    name: "_this",
    type: "ManagedObjectReference",
    array: false,
    optional: false,
    since: "",
  };
  const methods = Object.entries(table.methods);
  const schema = [
    `<xsd:complexType name="ManagedObjectReference"><xsd:simpleContent><xsd:extension base="xsd:string"><xsd:attribute name="type" type="xsd:string"/></xsd:extension></xsd:simpleContent></xsd:complexType>`,
    ...Object.entries(table.enums).map(
      ([name, values]) =>
        `<xsd:simpleType name="${name}"><xsd:restriction base="xsd:string">${values.map((value) => `<xsd:enumeration value="${value}"/>`).join("")}</xsd:restriction></xsd:simpleType>`,
    ),
    ...Object.entries(table.types).map(([name, { base, fields }]) =>
      complexType(name, base, fields),
    ),
    ...methods.flatMap(([name, { parameters, result }]) => [
      complexType(`${name}RequestType`, null, [self, ...parameters]),
      `<xsd:element name="${name}" type="vim25:${name}RequestType"/>`,
      `<xsd:element name="${name}Response"><xsd:complexType>${sequence(result === null ? [] : [result])}</xsd:complexType></xsd:element>`,
    ]),
  ];
  const messages = methods.flatMap(([name]) => [
    `<message name="${name}RequestMsg"><part name="parameters" element="vim25:${name}"/></message>`,
    `<message name="${name}ResponseMsg"><part name="parameters" element="vim25:${name}Response"/></message>`,
  ]);
  const operations = methods.map(
    ([name]) =>
      `<operation name="${name}"><input message="vim25:${name}RequestMsg"/><output message="vim25:${name}ResponseMsg"/></operation>`,
  );
  const bindings = methods.map(
    ([name]) =>
      `<operation name="${name}"><soap:operation soapAction="urn:vim25/6.5" style="document"/><input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>`,
  );
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<definitions targetNamespace="urn:vim25" xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:vim25="urn:vim25" xmlns:xsd="http://www.w3.org/2001/XMLSchema">`,
    `<types><xsd:schema targetNamespace="urn:vim25" elementFormDefault="qualified" xmlns="urn:vim25">`,
    ...schema,
    `</xsd:schema></types>`,
    ...messages,
    `<portType name="VimPortType">`,
    ...operations,
    `</portType>`,
    `<binding name="VimBinding" type="vim25:VimPortType"><soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>`,
    ...bindings,
    `</binding>`,
    `<service name="VimService"><port binding="vim25:VimBinding" name="VimPort"><soap:address location="https://localhost/sdk"/></port></service>`,
    `</definitions>`,
    "",
  ].join("\n");
}
