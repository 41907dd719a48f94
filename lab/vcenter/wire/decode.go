package wire

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// A ParseError is a request that a vCenter refuses before looking at the
// inventory.
type ParseError struct {
	Fault   types.BaseMethodFault
	Message string
}

func (e *ParseError) Error() string { return e.Message }

func invalid(format string, args ...any) error {
	return &ParseError{Fault: &types.InvalidRequest{}, Message: fmt.Sprintf(format, args...)}
}

func invalidType(name, format string, args ...any) error {
	return &ParseError{Fault: &types.InvalidType{Argument: name}, Message: fmt.Sprintf(format, args...)}
}

// decodeObject fills the struct v from e's children, in the order that the
// type's definition gives.
func decodeObject(e *element, v reflect.Value) error {
	s := schemaOf(v.Type())
	if strings.TrimSpace(e.text) != "" && len(s.fields) > 0 {
		return invalid("Unexpected text in data object of type %s", v.Type().Name())
	}
	next, seen := 0, make([]bool, len(s.fields))
	for _, child := range e.children {
		name := child.name.Local
		if child.name.Space != vimNamespace {
			return invalid("Element %q in %s is not in namespace %s", name, v.Type().Name(), vimNamespace)
		}
		at, known := s.byName[name]
		if !known {
			return invalid("Unexpected element tag %q seen while parsing serialized DataObject of type %s", name, v.Type().Name())
		}
		f := &s.fields[at]
		switch {
		case at < next && seen[at] && !f.slice:
			return invalid("Element %q occurs more than once in %s", name, v.Type().Name())
		case at < next && !(f.slice && at == next-1):
			return invalid("Element %q of %s is out of order: it must come before %q", name, v.Type().Name(), s.fields[next-1].name)
		}
		next, seen[at] = at+1, true
		if err := decodeField(child, f, v.FieldByIndex(f.index)); err != nil {
			return err
		}
	}
	for i, f := range s.fields {
		if !f.optional && !seen[i] && !(f.slice && strings.HasPrefix(s.typ.Name(), "ArrayOf")) {
			if f.name == "_this" {
				return invalid("Required parameter _this is missing")
			}
			return invalid("Required property %s is missing from data object of type %s", f.name, s.typ.Name())
		}
	}
	return nil
}

func decodeField(e *element, f *field, target reflect.Value) error {
	if e.isNil() {
		if !f.optional {
			return invalid("Required element %q is nil", f.name)
		}
		return nil
	}
	v := reflect.New(f.typ).Elem()
	if target.Type() == byteList {
		v = reflect.New(reflect.TypeFor[int8]()).Elem()
		if err := decodeSimple(e, v); err != nil {
			return err
		}
		target.SetBytes(append(target.Bytes(), byte(v.Int())))
		return nil
	}
	if err := decodeValue(e, v); err != nil {
		return err
	}
	if f.pointer {
		p := reflect.New(f.typ)
		p.Elem().Set(v)
		v = p
	}
	if f.slice {
		target.Set(reflect.Append(target, v))
	} else {
		target.Set(v)
	}
	return nil
}

// decodeValue decodes e into v, whose type is the declared one: an interface
// where the value is polymorphic.
func decodeValue(e *element, v reflect.Value) error {
	t := v.Type()
	if t.Kind() == reflect.Interface {
		return decodePolymorphic(e, v)
	}
	if name, ok := e.xsiType(); ok {
		if !sameType(name, t) {
			return invalidType(e.name.Local, "Value of element %q has type %s, not %s", e.name.Local, name, t.Name())
		}
	}
	switch {
	case t == refType:
		return decodeReference(e, v)
	case t.Kind() == reflect.Struct && t != timeType:
		return decodeObject(e, v)
	}
	return decodeSimple(e, v)
}

func decodeReference(e *element, v reflect.Value) error {
	kind, _ := e.attr("", "type")
	value := strings.TrimSpace(e.text)
	if kind == "" || value == "" || len(e.children) > 0 {
		return invalid("Element %q is not a managed object reference with type and value", e.name.Local)
	}
	v.Set(reflect.ValueOf(types.ManagedObjectReference{Type: kind, Value: value}))
	return nil
}

func decodePolymorphic(e *element, v reflect.Value) error {
	declared := v.Type()
	name, typed := e.xsiType()
	base := baseOf(declared)
	if !typed {
		if base == nil {
			return invalid("Element %q needs an xsi:type", e.name.Local)
		}
		name = base.Name()
	}
	if t, ok := builtins[name]; ok && base == nil {
		if strings.TrimSpace(e.text) == "" && t.Kind() == reflect.Struct && t != timeType {
			return invalid("Element %q has no value", e.name.Local)
		}
		value := reflect.New(t).Elem()
		if err := decodeSimple(e, value); err != nil {
			return err
		}
		v.Set(value)
		return nil
	}
	t, ok := typeOf(name)
	if !ok {
		return invalidType(e.name.Local, "Unknown type %q of element %q", name, e.name.Local)
	}
	value := reflect.New(t)
	if base != nil && !value.Type().Implements(declared) {
		return invalidType(e.name.Local, "Type %s of element %q is not a %s", name, e.name.Local, base.Name())
	}
	var err error
	switch {
	case t == refType:
		err = decodeReference(e, value.Elem())
	case t.Kind() == reflect.Struct:
		err = decodeObject(e, value.Elem())
	default:
		err = decodeSimple(e, value.Elem())
	}
	if err != nil {
		return err
	}
	// AnyType holds data objects by value, as govmomi's own decoder gives them.
	if base == nil {
		value = value.Elem()
	}
	v.Set(value)
	return nil
}
