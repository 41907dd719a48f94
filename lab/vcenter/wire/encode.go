package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"reflect"
	"strconv"
	"time"

	"github.com/vmware/govmomi/vim25/types"
)

// encoder writes values the way vCenter does: xsi:type with the prefix "xsi"
// wherever a value is polymorphic. Prefixes are declared on the envelope.
type encoder struct{ bytes.Buffer }

func (w *encoder) escape(s string) { _ = xml.EscapeText(&w.Buffer, []byte(s)) }

func (w *encoder) open(name, xsiType, attrs string) {
	w.WriteByte('<')
	w.WriteString(name)
	w.WriteString(attrs)
	if xsiType != "" {
		w.WriteString(` xsi:type="`)
		w.WriteString(xsiType)
		w.WriteByte('"')
	}
	w.WriteByte('>')
}

func (w *encoder) close(name string) {
	w.WriteString("</")
	w.WriteString(name)
	w.WriteByte('>')
}

// value writes v as element name; typed says whether it carries xsi:type.
func (w *encoder) value(name string, v reflect.Value, typed bool) {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	t := v.Type()
	xsiType := ""
	if typed {
		if b := builtinName(t); b != "" {
			xsiType = "xsd:" + b
		} else {
			xsiType = t.Name()
		}
	}
	switch {
	case t == refType:
		w.reference(name, v.Interface().(types.ManagedObjectReference), xsiType)
	case t == timeType:
		w.open(name, xsiType, "")
		w.WriteString(v.Interface().(time.Time).UTC().Format(time.RFC3339Nano))
		w.close(name)
	case t.Kind() == reflect.Struct:
		w.open(name, xsiType, "")
		w.object(v)
		w.close(name)
	default:
		w.open(name, xsiType, "")
		w.simple(v)
		w.close(name)
	}
}

func (w *encoder) reference(name string, ref types.ManagedObjectReference, xsiType string) {
	w.open(name, xsiType, ` type="`+ref.Type+`"`)
	w.escape(ref.Value)
	w.close(name)
}

func (w *encoder) object(v reflect.Value) {
	s := schemaOf(v.Type())
	for i := range s.fields {
		f := &s.fields[i]
		fv := v.FieldByIndex(f.index)
		switch {
		case f.attr || f.chardata:
		case f.slice && fv.Type() == byteList:
			for _, b := range fv.Bytes() {
				w.value(f.name, reflect.ValueOf(int8(b)), false)
			}
		case f.slice:
			for j := range fv.Len() {
				w.value(f.name, fv.Index(j), f.poly)
			}
		case f.optional && fv.IsZero():
		default:
			w.value(f.name, fv, f.poly)
		}
	}
}

func (w *encoder) simple(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		w.escape(v.String())
	case reflect.Bool:
		w.WriteString(strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		w.WriteString(strconv.FormatInt(v.Int(), 10))
	case reflect.Uint8:
		w.WriteString(strconv.FormatInt(int64(int8(v.Uint())), 10))
	case reflect.Float32, reflect.Float64:
		w.WriteString(strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits()))
	case reflect.Slice:
		w.WriteString(base64.StdEncoding.EncodeToString(v.Bytes()))
	}
}
