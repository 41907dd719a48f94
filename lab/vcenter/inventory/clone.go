package inventory

import (
	"reflect"
	"sync"
	"time"
)

var (
	refSlice = reflect.TypeFor[[]Ref]()
	timeType = reflect.TypeFor[time.Time]()
	plain    sync.Map // reflect.Type → bool
)

// Clone copies o with all that it points to, save slices of references.
func Clone(o Object) Object {
	return deepCopy(reflect.ValueOf(o)).Interface().(Object)
}

// DeepCopy copies any value of vim25/types.
func DeepCopy[T any](v T) T {
	p := reflect.ValueOf(&v).Elem()
	return deepCopy(p).Interface().(T)
}

// isPlain says that assigning a t copies it whole.
func isPlain(t reflect.Type) bool {
	if known, ok := plain.Load(t); ok {
		return known.(bool)
	}
	result := true
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
		result = false
	case reflect.Struct:
		for i := 0; t != timeType && i < t.NumField() && result; i++ {
			result = isPlain(t.Field(i).Type)
		}
	}
	plain.Store(t, result)
	return result
}

func deepCopy(v reflect.Value) reflect.Value {
	t := v.Type()
	if isPlain(t) || t == refSlice {
		return v
	}
	switch t.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		p := reflect.New(t.Elem())
		p.Elem().Set(deepCopy(v.Elem()))
		return p
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		out := reflect.New(t).Elem()
		out.Set(deepCopy(v.Elem()))
		return out
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		out := reflect.MakeSlice(t, v.Len(), v.Len())
		if isPlain(t.Elem()) {
			reflect.Copy(out, v)
			return out
		}
		for i := range v.Len() {
			out.Index(i).Set(deepCopy(v.Index(i)))
		}
		return out
	case reflect.Struct:
		out := reflect.New(t).Elem()
		out.Set(v)
		for i := range t.NumField() {
			if f := out.Field(i); !isPlain(f.Type()) && f.CanSet() {
				f.Set(deepCopy(v.Field(i)))
			}
		}
		return out
	}
	return v
}
