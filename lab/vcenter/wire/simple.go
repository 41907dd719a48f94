package wire

import (
	"encoding/base64"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// builtins maps XML Schema's and VMODL's primitive names to Go types.
var builtins = map[string]reflect.Type{
	"string": reflect.TypeFor[string](), "anyURI": reflect.TypeFor[string](),
	"boolean": reflect.TypeFor[bool](), "byte": reflect.TypeFor[int8](), "unsignedByte": reflect.TypeFor[uint8](),
	"short": reflect.TypeFor[int16](), "int": reflect.TypeFor[int32](), "long": reflect.TypeFor[int64](),
	"float": reflect.TypeFor[float32](), "double": reflect.TypeFor[float64](),
	"dateTime": reflect.TypeFor[time.Time](), "base64Binary": reflect.TypeFor[[]byte](),
}

// builtinName is the opposite: the xsd name that a Go value is sent with.
func builtinName(t reflect.Type) string {
	switch {
	case t == timeType:
		return "dateTime"
	case t.PkgPath() != "":
		return ""
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int8, reflect.Uint8:
		return "byte"
	case reflect.Int16:
		return "short"
	case reflect.Int32:
		return "int"
	case reflect.Int, reflect.Int64:
		return "long"
	case reflect.Float32:
		return "float"
	case reflect.Float64:
		return "double"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "base64Binary"
		}
	}
	return ""
}

// sameType says whether an explicit xsi:type names the declared type t.
func sameType(name string, t reflect.Type) bool {
	if t.Kind() == reflect.Struct && t != timeType {
		return t.Name() == name
	}
	if b, ok := builtins[name]; ok {
		return b.Kind() == t.Kind()
	}
	return t.Name() == name
}

// decodeSimple parses e's text into v: numbers, booleans, times, enumerations.
func decodeSimple(e *element, v reflect.Value) error {
	if len(e.children) > 0 {
		return invalid("Element %q must not have children", e.name.Local)
	}
	text := strings.TrimSpace(e.text)
	bad := func() error { return invalid("Element %q: %q is not a valid %s", e.name.Local, text, v.Type()) }
	if v.Type() == timeType {
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
			if t, err := time.Parse(layout, text); err == nil {
				v.Set(reflect.ValueOf(t))
				return nil
			}
		}
		return bad()
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(e.text)
		if !validEnum(v) {
			return bad()
		}
	case reflect.Bool:
		switch text {
		case "true", "1":
			v.SetBool(true)
		case "false", "0":
			v.SetBool(false)
		default:
			return bad()
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err != nil {
			return bad()
		}
		v.SetInt(n)
	case reflect.Uint8:
		n, err := strconv.ParseInt(text, 10, 16)
		if err != nil || n < math.MinInt8 || n > math.MaxUint8 {
			return bad()
		}
		v.SetUint(uint64(uint8(n)))
	case reflect.Float32, reflect.Float64:
		n, err := strconv.ParseFloat(text, v.Type().Bits())
		if err != nil {
			return bad()
		}
		v.SetFloat(n)
	case reflect.Slice:
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return bad()
		}
		v.SetBytes(b)
	default:
		return bad()
	}
	return nil
}

// validEnum checks values of VMODL enumerations, whose Go types list theirs.
func validEnum(v reflect.Value) bool {
	e, ok := v.Interface().(interface{ Strings() []string })
	if !ok {
		return true
	}
	for _, s := range e.Strings() {
		if s == v.String() {
			return true
		}
	}
	return false
}
