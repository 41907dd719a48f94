package wire

import (
	"io"
	"reflect"

	"github.com/vmware/govmomi/vim25/types"
)

// MaxRequestBytes bounds a SOAP request.
const MaxRequestBytes = 16 << 20

// Request is a decoded call.
type Request struct {
	Method  string
	This    types.ManagedObjectReference
	Params  any    // pointer to the method's vim25/types struct
	Cookie  string // vcSessionCookie of the SOAP header, if any
	Context string // operationID of the SOAP header, if any
}

// ReadRequest parses and validates an envelope. Its errors are *ParseError.
// Method is filled in as soon as it is known, also when there is an error.
func ReadRequest(r io.Reader) (*Request, error) {
	req := &Request{}
	root, err := parse(io.LimitReader(r, MaxRequestBytes))
	if err != nil {
		return req, invalid("%s", err.Error())
	}
	if root.name.Local != "Envelope" || root.name.Space != soapNamespace {
		return req, invalid("Not a SOAP 1.1 envelope")
	}
	var body *element
	for _, child := range root.children {
		switch {
		case child.name.Space == soapNamespace && child.name.Local == "Header" && body == nil:
			req.readHeader(child)
		case child.name.Space == soapNamespace && child.name.Local == "Body" && body == nil:
			body = child
		default:
			return req, invalid("Unexpected element %q in the envelope", child.name.Local)
		}
	}
	if body == nil || len(body.children) != 1 {
		return req, invalid("The body must hold exactly one method")
	}
	call := body.children[0]
	req.Method = call.name.Local
	t := RequestType(req.Method)
	if t == nil || call.name.Space != vimNamespace {
		return req, invalid("Unable to resolve WSDL method name %q in namespace %q", req.Method, call.name.Space)
	}
	params := reflect.New(t)
	if err := decodeObject(call, params.Elem()); err != nil {
		return req, err
	}
	req.Params = params.Interface()
	req.This = params.Elem().FieldByName("This").Interface().(types.ManagedObjectReference)
	return req, nil
}

func (req *Request) readHeader(header *element) {
	for _, child := range header.children {
		switch child.name.Local {
		case "vcSessionCookie":
			req.Cookie = child.text
		case "operationID":
			req.Context = child.text
		}
	}
}

const (
	envelopeStart = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<soapenv:Envelope xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:soapenv="` + soapNamespace +
		`" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="` + xsiNamespace + `"><soapenv:Body>`
	envelopeEnd = `</soapenv:Body></soapenv:Envelope>`
)

// Response encodes a method's result, a pointer to its …Response struct.
func Response(method string, result any) []byte {
	var w encoder
	w.WriteString(envelopeStart)
	name := method + "Response"
	w.WriteString("<" + name + ` xmlns="` + vimNamespace + `">`)
	if v := reflect.ValueOf(result); v.IsValid() && v.Kind() == reflect.Pointer && !v.IsNil() {
		w.object(v.Elem())
	}
	w.close(name)
	w.WriteString(envelopeEnd)
	return w.Bytes()
}

// Fault encodes a fault the way vCenter does: faultcode ServerFaultCode and
// the typed fault in detail, as <NotFoundFault xsi:type="NotFound">.
func Fault(fault types.BaseMethodFault, message string) []byte {
	var w encoder
	w.WriteString(envelopeStart)
	w.WriteString(`<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>`)
	w.escape(message)
	w.WriteString(`</faultstring><detail>`)
	v := reflect.ValueOf(fault).Elem()
	name := v.Type().Name() + "Fault"
	w.open(name, v.Type().Name(), ` xmlns="`+vimNamespace+`"`)
	w.object(v)
	w.close(name)
	w.WriteString(`</detail></soapenv:Fault>`)
	w.WriteString(envelopeEnd)
	return w.Bytes()
}

// Call encodes a call, as a client sends it.
func Call(method string, params any) []byte {
	var w encoder
	w.WriteString(envelopeStart)
	w.WriteString("<" + method + ` xmlns="` + vimNamespace + `">`)
	w.object(reflect.ValueOf(params))
	w.close(method)
	w.WriteString(envelopeEnd)
	return w.Bytes()
}
