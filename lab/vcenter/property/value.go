package property

import (
	"reflect"
	"strings"
	"time"
	"unicode"

	"github.com/vmware/govmomi/vim25/types"
)

var typeOf = types.TypeFunc()

// finish gives a field's value in the form that goes over the wire: arrays are
// wrapped into their ArrayOf type, pointers are followed, and what is unset is
// said to be so. A managed object's own arrays are never unset, only empty.
func finish(v reflect.Value, top bool) (types.AnyType, bool) {
	if v.Kind() == reflect.Slice && v.Type().PkgPath() == "" || v.Type() == reflect.TypeFor[types.ByteSlice]() {
		if v.IsNil() && !top {
			return nil, false
		}
		return arrayOf(v)
	}
	if v = indirect(v); !v.IsValid() {
		return nil, false
	}
	switch x := v.Interface().(type) {
	case types.ManagedObjectReference:
		return x, x.Value != ""
	case time.Time:
		return x, !x.IsZero()
	}
	if v.Kind() == reflect.String && v.Len() == 0 {
		return nil, false
	}
	return v.Interface(), true
}

// arrayOf wraps a slice: []BaseVirtualDevice → ArrayOfVirtualDevice.
func arrayOf(v reflect.Value) (types.AnyType, bool) {
	name := v.Type().Elem().Name()
	switch v.Type().Elem().Kind() {
	case reflect.Interface:
		name = strings.TrimPrefix(name, "Base")
	case reflect.Int32:
		name = "Int"
	case reflect.Int64:
		name = "Long"
	case reflect.Int16:
		name = "Short"
	case reflect.Uint8:
		name = "Byte"
	default:
		name = string(unicode.ToUpper(rune(name[0]))) + name[1:]
	}
	t, ok := typeOf("ArrayOf" + name)
	if !ok && v.Type().Elem().Kind() == reflect.String {
		// Enumerations without an array type of their own.
		list := make([]string, v.Len())
		for i := range list {
			list[i] = v.Index(i).String()
		}
		return types.ArrayOfString{String: list}, true
	}
	if !ok {
		return nil, false
	}
	array := reflect.New(t).Elem()
	if !v.Type().AssignableTo(array.Field(0).Type()) {
		if !v.Type().ConvertibleTo(array.Field(0).Type()) {
			return nil, false
		}
		v = v.Convert(array.Field(0).Type())
	}
	array.Field(0).Set(v)
	return array.Interface(), true
}

// Refs reads a path that leads to one reference or a list of them.
func (p *Path) Refs(obj any) []types.ManagedObjectReference {
	val, ok := p.Get(obj)
	if !ok {
		return nil
	}
	switch v := val.(type) {
	case types.ManagedObjectReference:
		return []types.ManagedObjectReference{v}
	case types.ArrayOfManagedObjectReference:
		return v.ManagedObjectReference
	}
	return nil
}
