package witness

import (
	"strings"
	"testing"
)

const envelope = `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" ` +
	`xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">` +
	`<soap:Header><operationID xmlns="">vic-1</operationID></soap:Header><soap:Body>%</soap:Body></soap:Envelope>`

const create = `<CreateChildVM_Task xmlns="urn:vim25"><_this type="VirtualApp">resgroup-v1</_this><config><name>c1 &amp; more</name>` +
	`<files><vmPathName>[ds] c1/c1.vmx</vmPathName></files><numCPUs>1</numCPUs><memoryMB>64</memoryMB>` +
	`<deviceChange><operation>add</operation><fileOperation>create</fileOperation><device xsi:type="VirtualDisk"><key>-2</key>` +
	`<backing xsi:type="VirtualDiskFlatVer2BackingInfo"><fileName>[ds] c1/c1.vmdk</fileName><diskMode>persistent</diskMode>` +
	`<parent><fileName>[ds] base.vmdk</fileName><diskMode>persistent</diskMode></parent></backing>` +
	`<controllerKey>-1</controllerKey><unitNumber>0</unitNumber><capacityInKB>0</capacityInKB></device></deviceChange>` +
	`<extraConfig><key>k</key><value xsi:type="xsd:string">v</value></extraConfig></config></CreateChildVM_Task>`

func judge(call string) string {
	return strings.Join(Judge(strings.Replace(envelope, "%", call, 1)), "\n")
}

func TestAWrongRequestIsRefused(t *testing.T) {
	for name, each := range map[string]struct{ old, with, says string }{
		"unknown element":     {`<numCPUs>`, `<cpus>2</cpus><numCPUs>`, "config.cpus: where numCPUs is expected"},
		"order":               {`<numCPUs>1</numCPUs><memoryMB>64</memoryMB>`, `<memoryMB>64</memoryMB><numCPUs>1</numCPUs>`, "memoryMB: where numCPUs is expected"},
		"order within":        {`<controllerKey>-1</controllerKey><unitNumber>0</unitNumber>`, `<unitNumber>0</unitNumber><controllerKey>-1</controllerKey>`, "unitNumber: where controllerKey is expected"},
		"required element":    {`<key>-2</key>`, ``, "device.backing: where key is expected"},
		"required text":       {`<diskMode>persistent</diskMode><parent>`, `<parent>`, "backing.parent: where diskMode is expected"},
		"unknown type":        {`"VirtualDiskFlatVer2BackingInfo"`, `"VirtualDiskBackingInfo"`, "device.backing: where controllerKey is expected"},
		"type of other kind":  {`"VirtualDiskFlatVer2BackingInfo"`, `"VirtualDisk"`, "doesn't fit"},
		"no type":             {`<device xsi:type="VirtualDisk">`, `<device>`, "device.capacityInKB: unknown"},
		"untyped value":       {`<value xsi:type="xsd:string">`, `<value>`, "extraConfig.value"},
		"enumeration":         {`<operation>add<`, `<operation>attach<`, "attach is no VirtualDeviceConfigSpecOperation"},
		"number":              {`<memoryMB>64<`, `<memoryMB>64 MB<`, "64 MB"},
		"method":              {`CreateChildVM_Task`, `CreateChildVM`, "unknown method"},
		"namespace":           {`"urn:vim25"`, `"urn:vim2"`, "in namespace"},
		"namespace of member": {`<memoryMB>`, `<memoryMB xmlns="urn:other">`, "in namespace"},
	} {
		t.Run(name, func(t *testing.T) {
			if said := judge(strings.ReplaceAll(create, each.old, each.with)); !strings.Contains(said, each.says) {
				t.Errorf("%q wasn't said, but %q", each.says, said)
			}
		})
	}
	if said := Judge("<CreateChildVM_Task/>"); len(said) == 0 {
		t.Error("no envelope, and nothing is said")
	}
}

func TestARightRequestIsTaken(t *testing.T) {
	if said := judge(create); said != "" {
		t.Error(said)
	}
}
