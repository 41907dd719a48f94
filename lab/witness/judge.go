package witness

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

const (
	soapSpace     = "http://schemas.xmlsoap.org/soap/envelope/"
	instanceSpace = "http://www.w3.org/2001/XMLSchema-instance"
	vimSpace      = "urn:vim25"
)

// Judge says what is wrong with a SOAP request, or nothing. What govmomi
// doesn't know or finds out of place is lost on the way through it; what a
// request must have and hasn't comes out of it with an empty value.
func Judge(text string) (wrong []string) {
	root, err := read(text)
	if err != nil {
		return []string{err.Error()}
	}
	call, err := callOf(root)
	if err != nil {
		return []string{err.Error()}
	}
	method := call.name.Local
	goType, ok := types.TypeFunc()(method)
	if !ok || goType.Kind() != reflect.Struct {
		return []string{method + ": unknown method"}
	}
	nameTypes(call, goType)
	params := reflect.New(goType)
	if err := decode(call.String(), params.Interface()); err != nil {
		return []string{fmt.Sprintf("%s: %v", method, err)}
	}
	var out bytes.Buffer
	start := xml.StartElement{Name: xml.Name{Space: vimSpace, Local: method}}
	if err := xml.NewEncoder(&out).EncodeElement(params.Interface(), start); err != nil {
		return []string{fmt.Sprintf("%s: %v", method, err)}
	}
	back, err := read(out.String())
	if err != nil {
		return []string{fmt.Sprintf("%s: %v", method, err)}
	}
	return append(compare(method, call, back), enumerations(method, params.Elem())...)
}

// decode is govmomi's, which panics where a type doesn't fit.
func decode(text string, into any) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("doesn't fit: %v", reason)
		}
	}()
	d := xml.NewDecoder(strings.NewReader(text))
	d.TypeFunc = types.TypeFunc()
	return d.Decode(into)
}

func callOf(root *node) (*node, error) {
	if root.name != (xml.Name{Space: soapSpace, Local: "Envelope"}) {
		return nil, fmt.Errorf("no envelope, but %s", root.name.Local)
	}
	for _, child := range root.children {
		if child.name == (xml.Name{Space: soapSpace, Local: "Body"}) && len(child.children) == 1 {
			return child.children[0], nil
		}
	}
	return nil, fmt.Errorf("no body with one call")
}

// compare finds where what came out differs from what went in.
func compare(path string, in, out *node) (wrong []string) {
	if in.name.Space != vimSpace {
		wrong = append(wrong, fmt.Sprintf("%s: in namespace %q", path, in.name.Space))
	}
	if len(in.children) == 0 && len(out.children) == 0 && in.text != out.text {
		wrong = append(wrong, fmt.Sprintf("%s: %q, read as %q", path, in.text, out.text))
	}
	for _, name := range []xml.Name{{Space: instanceSpace, Local: "type"}, {Local: "type"}} {
		if said, read := in.attr(name), out.attr(name); said != read {
			wrong = append(wrong, fmt.Sprintf("%s: of type %q, read as %q", path, said, read))
		}
	}
	for at := range max(len(in.children), len(out.children)) {
		given, wanted := childName(in, at), childName(out, at)
		switch {
		case wanted == "":
			return append(wrong, fmt.Sprintf("%s.%s: unknown, or out of order", path, given))
		case given == "":
			return append(wrong, fmt.Sprintf("%s.%s: missing, or out of order", path, wanted))
		case given != wanted:
			return append(wrong, fmt.Sprintf("%s.%s: where %s is expected", path, given, wanted))
		}
		wrong = append(wrong, compare(path+"."+in.children[at].name.Local, in.children[at], out.children[at])...)
	}
	return wrong
}

func childName(n *node, at int) string {
	if at >= len(n.children) {
		return ""
	}
	return n.children[at].name.Local
}

// enumerations finds values that their types don't have.
func enumerations(path string, v reflect.Value) (wrong []string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return enumerations(path, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			wrong = append(wrong, enumerations(path, v.Index(i))...)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				wrong = append(wrong, enumerations(path+"."+elementName(v.Type().Field(i)), v.Field(i))...)
			}
		}
	case reflect.String:
		if known := v.MethodByName("Strings"); v.Len() > 0 && known.IsValid() {
			for _, each := range known.Call(nil)[0].Interface().([]string) {
				if each == v.String() {
					return nil
				}
			}
			wrong = append(wrong, fmt.Sprintf("%s: %s is no %s", path, v, v.Type().Name()))
		}
	}
	return wrong
}
