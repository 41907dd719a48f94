// Package wire reads and writes the SOAP messages of the vSphere Web Services
// API, as strictly as a vCenter does.
//
// govmomi's own decoder takes elements in any order and skips those that it
// doesn't know, so a client that is green against it says nothing about a
// vCenter. Here order, required elements and types of polymorphic values are
// checked; what is right comes from govmomi's vim25/types, whose structs are
// generated from VMware's WSDL: field order is element order (inherited fields
// first), a tag without "omitempty" is a required element, "typeattr" marks a
// polymorphic one.
package wire

import (
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/types"
)

// field is one element of a data object.
type field struct {
	name     string
	index    []int
	typ      reflect.Type // element type: of the slice's members, of the pointer's target
	slice    bool
	pointer  bool
	optional bool // "omitempty": may be absent, and is left out when zero
	poly     bool // carries xsi:type
	attr     bool
	chardata bool
}

type schema struct {
	typ    reflect.Type
	fields []field
	byName map[string]int
}

var (
	schemas  sync.Map // reflect.Type → *schema
	refType  = reflect.TypeFor[types.ManagedObjectReference]()
	timeType = reflect.TypeFor[time.Time]()
	anyType  = reflect.TypeFor[types.AnyType]()
	byteList = reflect.TypeFor[types.ByteSlice]()
	typeOf   = types.TypeFunc()
)

func schemaOf(t reflect.Type) *schema {
	if s, ok := schemas.Load(t); ok {
		return s.(*schema)
	}
	s := &schema{typ: t, byName: map[string]int{}}
	s.collect(t, nil)
	for i, f := range s.fields {
		s.byName[f.name] = i
	}
	got, _ := schemas.LoadOrStore(t, s)
	return got.(*schema)
}

// collect appends t's fields in the order of the WSDL: an embedded struct is
// the base type, whose elements come first.
func (s *schema) collect(t reflect.Type, prefix []int) {
	for i := range t.NumField() {
		sf := t.Field(i)
		index := append(append([]int(nil), prefix...), i)
		if sf.Anonymous && sf.Type.Kind() == reflect.Struct {
			s.collect(sf.Type, index)
			continue
		}
		tag, ok := sf.Tag.Lookup("xml")
		// XMLName, where a method begins with a small letter, names the element itself.
		if !ok || tag == "-" || !sf.IsExported() || sf.Name == "XMLName" {
			continue
		}
		parts := strings.Split(tag, ",")
		f := field{name: parts[0], index: index, typ: sf.Type}
		for _, option := range parts[1:] {
			switch option {
			case "omitempty":
				f.optional = true
			case "typeattr":
				f.poly = true
			case "attr":
				f.attr = true
			case "chardata":
				f.chardata = true
			}
		}
		// Optional booleans and times are pointers; only their json tag says so.
		if _, options, _ := strings.Cut(sf.Tag.Get("json"), ","); strings.Contains(options, "omitempty") || f.typ.Kind() == reflect.Pointer {
			f.optional = true
		}
		if f.typ.Kind() == reflect.Slice && f.typ.Elem().Kind() != reflect.Uint8 {
			f.slice, f.typ = true, f.typ.Elem()
		} else if f.typ == byteList {
			f.slice = true
		}
		if f.typ.Kind() == reflect.Pointer {
			f.pointer, f.typ = true, f.typ.Elem()
		}
		s.fields = append(s.fields, f)
	}
}

// baseOf gives the data object type that a polymorphic Go interface stands
// for: BaseVirtualDevice → VirtualDevice. nil for AnyType.
func baseOf(iface reflect.Type) reflect.Type {
	if iface == anyType {
		return nil
	}
	t, ok := typeOf(strings.TrimPrefix(iface.Name(), "Base"))
	if !ok {
		return nil
	}
	return t
}

// RequestType gives the Go type of method's parameters, or nil if there is no
// such method in the API.
func RequestType(method string) reflect.Type {
	if t, ok := unpublished[method]; ok {
		return t
	}
	t, ok := typeOf(method)
	if !ok || t.Kind() != reflect.Struct || strings.HasSuffix(method, "RequestType") {
		return nil
	}
	f, ok := t.FieldByName("This")
	if !ok || f.Tag.Get("xml") != "_this" {
		return nil
	}
	return t
}
