package vcenter

import (
	"strings"
	"testing"
)

const soapEnvelope = `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ` +
	`xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soapenv:Body>%</soapenv:Body></soapenv:Envelope>`

func TestMalformedRequestsAreRefused(t *testing.T) {
	r := start(t)
	s := r.site()
	vm := s.vm("a").Reference().Value
	reconfig := func(spec string) string {
		return `<ReconfigVM_Task xmlns="urn:vim25"><_this type="VirtualMachine">` + vm + `</_this><spec>` + spec + `</spec></ReconfigVM_Task>`
	}
	device := func(inner string) string {
		return reconfig(`<deviceChange><operation>add</operation>` + inner + `</deviceChange>`)
	}
	for name, c := range map[string]struct{ body, fault string }{
		"unknown method":                   {`<Nonsense xmlns="urn:vim25"><_this type="Folder">x</_this></Nonsense>`, "InvalidRequest"},
		"method of another service":        {`<CurrentTime xmlns="urn:pbm"><_this type="ServiceInstance">ServiceInstance</_this></CurrentTime>`, "InvalidRequest"},
		"no this":                          {`<CurrentTime xmlns="urn:vim25"/>`, "InvalidRequest"},
		"this without type":                {`<CurrentTime xmlns="urn:vim25"><_this>ServiceInstance</_this></CurrentTime>`, "InvalidRequest"},
		"two calls":                        {`<CurrentTime xmlns="urn:vim25"/><CurrentTime xmlns="urn:vim25"/>`, "InvalidRequest"},
		"empty body":                       {``, "InvalidRequest"},
		"not XML":                          {`<CurrentTime`, "InvalidRequest"},
		"unknown element":                  {reconfig(`<nonsense>1</nonsense>`), "InvalidRequest"},
		"wrong order":                      {reconfig(`<memoryMB>128</memoryMB><numCPUs>1</numCPUs>`), "InvalidRequest"},
		"own field before inherited":       {device(`<device xsi:type="VirtualDisk"><capacityInKB>1</capacityInKB><key>-1</key></device>`), "InvalidRequest"},
		"element twice":                    {reconfig(`<numCPUs>1</numCPUs><numCPUs>1</numCPUs>`), "InvalidRequest"},
		"list torn apart":                  {reconfig(`<extraConfig xsi:type="OptionValue"><key>a</key><value xsi:type="xsd:string">1</value></extraConfig><swapPlacement>inherit</swapPlacement><extraConfig xsi:type="OptionValue"><key>b</key><value xsi:type="xsd:string">1</value></extraConfig>`), "InvalidRequest"},
		"required element missing":         {reconfig(`<extraConfig xsi:type="OptionValue"><key>a</key></extraConfig>`), "InvalidRequest"},
		"required parameter missing":       {`<CreateFolder xmlns="urn:vim25"><_this type="Folder">group-d1</_this></CreateFolder>`, "InvalidRequest"},
		"any value without type":           {reconfig(`<extraConfig xsi:type="OptionValue"><key>a</key><value>1</value></extraConfig>`), "InvalidRequest"},
		"type of another family":           {device(`<device xsi:type="OptionValue"><key>a</key><value xsi:type="xsd:string">1</value></device>`), "InvalidType"},
		"type that isn't there":            {device(`<device xsi:type="VirtualNonsense"><key>-1</key></device>`), "InvalidType"},
		"polymorphic element without type": {device(`<device><key>-1</key><capacityInKB>1</capacityInKB></device>`), "InvalidRequest"},
		"wrong nested type":                {device(`<device xsi:type="VirtualDisk"><key>-1</key><backing xsi:type="VirtualDisk"><key>1</key></backing></device>`), "InvalidType"},
		"value outside its enumeration":    {reconfig(`<deviceChange><operation>mangle</operation><device xsi:type="VirtualDisk"><key>1</key><capacityInKB>1</capacityInKB></device></deviceChange>`), "InvalidRequest"},
		"text for a number":                {reconfig(`<numCPUs>two</numCPUs>`), "InvalidRequest"},
		"number out of range":              {reconfig(`<numCPUs>99999999999</numCPUs>`), "InvalidRequest"},
		"text for a boolean":               {reconfig(`<memoryHotAddEnabled>yes</memoryHotAddEnabled>`), "InvalidRequest"},
		"children of a number":             {reconfig(`<numCPUs><x/></numCPUs>`), "InvalidRequest"},
		"text among elements":              {reconfig(`junk<numCPUs>1</numCPUs>`), "InvalidRequest"},
		"element of another namespace":     {reconfig(`<numCPUs xmlns="urn:other">1</numCPUs>`), "InvalidRequest"},
		"a DTD":                            {`<!DOCTYPE x><CurrentTime xmlns="urn:vim25"/>`, "InvalidRequest"},
		"nested without end":               {strings.Repeat("<a>", 300), "InvalidRequest"},
	} {
		t.Run(name, func(t *testing.T) {
			e := r.call(t, s, []byte(strings.Replace(soapEnvelope, "%", c.body, 1)))
			if e.Body.Fault == nil || e.Body.Fault.Detail.Fault.XMLName.Local != c.fault+"Fault" {
				t.Errorf("got %+v, want %s", e.Body.Fault, c.fault)
			}
		})
	}
}

func TestWellFormedOnesPass(t *testing.T) {
	r := start(t)
	s := r.site()
	vm := s.vm("a").Reference().Value
	for name, body := range map[string]string{
		"unbound xsd prefix": `<ReconfigVM_Task xmlns="urn:vim25"><_this type="VirtualMachine">` + vm + `</_this><spec><extraConfig xsi:type="OptionValue"><key>a</key><value xsi:type="string">1</value></extraConfig></spec></ReconfigVM_Task>`,
		"prefixed elements":  `<v:CurrentTime xmlns:v="urn:vim25"><v:_this type="ServiceInstance">ServiceInstance</v:_this></v:CurrentTime>`,
		"prefixed type":      `<v:ReconfigVM_Task xmlns:v="urn:vim25"><v:_this type="VirtualMachine">` + vm + `</v:_this><v:spec><v:extraConfig xsi:type="v:OptionValue"><v:key>a</v:key><v:value xsi:type="xsd:string">1</v:value></v:extraConfig></v:spec></v:ReconfigVM_Task>`,
	} {
		if e := r.call(t, s, []byte(strings.Replace(soapEnvelope, "%", body, 1))); e.Body.Fault != nil {
			t.Errorf("%s: %+v", name, e.Body.Fault)
		}
	}
}
