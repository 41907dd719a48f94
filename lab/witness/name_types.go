package witness

import (
	"reflect"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

var typeAttribute = xml.Name{Space: instanceSpace, Local: "type"}

// nameTypes gives elements of a type that others extend that type's name, where
// they say none: the schema wants none of an element that is of the type
// declared for it, but govmomi reads nothing without.
func nameTypes(n *node, t reflect.Type) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() == reflect.Interface {
		if n.attr(typeAttribute) == "" && strings.HasPrefix(t.Name(), "Base") {
			name := strings.TrimPrefix(t.Name(), "Base")
			n.attrs = append(n.attrs, xml.Attr{Name: typeAttribute, Value: name})
		}
		said, ok := types.TypeFunc()(n.attr(typeAttribute))
		if !ok {
			return
		}
		t = said
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for _, child := range n.children {
		if declared, ok := fieldType(t, child.name.Local); ok {
			nameTypes(child, declared)
		}
	}
}

// fieldType gives the type that an element within one of type t has.
func fieldType(t reflect.Type, element string) (reflect.Type, bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			if found, ok := fieldType(f.Type, element); ok {
				return found, true
			}
		} else if elementName(f) == element {
			return f.Type, true
		}
	}
	return nil, false
}

func elementName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("xml"), ",")
	return name
}
