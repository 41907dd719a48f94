// Package property reads properties of managed objects by path, and follows
// them: filters, and collectors that wait for changes.
package property

import (
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25/types"
)

// step is one part of a path: a field, and for a keyed array the member's key.
type step struct {
	name  string
	key   string
	keyed bool
}

// Path is a parsed property path: config.extraConfig["guestinfo.a"].value.
type Path struct {
	text  string
	steps []step
}

func (p *Path) String() string { return p.text }

// Keyed says whether the path ends at a member of a keyed array.
func (p *Path) Keyed() bool { return p.steps[len(p.steps)-1].keyed }

// ParsePath parses a property path; ok is false where it is malformed.
func ParsePath(text string) (p *Path, ok bool) {
	p = &Path{text: text}
	rest := text
	for {
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		s := step{name: rest[:end]}
		if s.name == "" {
			return nil, false
		}
		rest = rest[end:]
		if strings.HasPrefix(rest, "[") {
			if s.key, rest, ok = parseKey(rest[1:]); !ok {
				return nil, false
			}
			s.keyed = true
		}
		p.steps = append(p.steps, s)
		if rest == "" {
			return p, true
		}
		if rest[0] != '.' {
			return nil, false
		}
		rest = rest[1:]
	}
}

func parseKey(s string) (key, rest string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		end := strings.Index(s[1:], `"]`)
		if end < 0 {
			return "", "", false
		}
		return s[1 : 1+end], s[1+end+2:], true
	}
	end := strings.IndexByte(s, ']')
	if end <= 0 {
		return "", "", false
	}
	return s[:end], s[end+1:], true
}

// Get reads the path in obj. set is false where there is no value.
func (p *Path) Get(obj any) (val types.AnyType, set bool) {
	v := reflect.ValueOf(obj)
	for i, s := range p.steps {
		if v = indirect(v); !v.IsValid() || v.Kind() != reflect.Struct {
			return nil, false
		}
		index, ok := fieldsOf(v.Type())[s.name]
		if !ok {
			return nil, false
		}
		v = v.FieldByIndex(index)
		if s.keyed {
			if v = keyed(v, s.key); !v.IsValid() {
				return nil, false
			}
		}
		if i == len(p.steps)-1 {
			return finish(v, i == 0)
		}
	}
	return nil, false
}

// ValidFor says whether the path can exist in obj.
func (p *Path) ValidFor(obj any) bool { return p.validFor(reflect.TypeOf(obj)) }

// validFor says whether the path can exist in an object of type t. Behind a
// polymorphic value everything can.
func (p *Path) validFor(t reflect.Type) bool {
	for _, s := range p.steps {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() == reflect.Interface {
			return true
		}
		if t.Kind() != reflect.Struct {
			return false
		}
		index, ok := fieldsOf(t)[s.name]
		if !ok {
			return false
		}
		t = t.FieldByIndex(index).Type
		if s.keyed {
			if t.Kind() != reflect.Slice {
				return false
			}
			t = t.Elem()
		}
	}
	return true
}

func indirect(v reflect.Value) reflect.Value {
	for v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) {
		v = v.Elem()
	}
	return v
}

// keyed finds the array's member whose key is key.
func keyed(list reflect.Value, key string) reflect.Value {
	if list = indirect(list); !list.IsValid() || list.Kind() != reflect.Slice {
		return reflect.Value{}
	}
	for i := range list.Len() {
		m := list.Index(i)
		e := indirect(m)
		if !e.IsValid() || e.Kind() != reflect.Struct {
			continue
		}
		if ref, ok := e.Interface().(types.ManagedObjectReference); ok {
			if ref.Value == key {
				return m
			}
			continue
		}
		index, ok := fieldsOf(e.Type())["key"]
		if !ok {
			continue
		}
		switch k := indirect(e.FieldByIndex(index)); k.Kind() {
		case reflect.String:
			if k.String() == key {
				return m
			}
		case reflect.Int32, reflect.Int64:
			if strconv.FormatInt(k.Int(), 10) == key {
				return m
			}
		}
	}
	return reflect.Value{}
}

var fieldMaps sync.Map // reflect.Type → map[string][]int

// fieldsOf maps the wire names of a struct's fields, inherited ones included,
// to their places. Managed objects carry the names in json tags, data objects
// in xml tags.
func fieldsOf(t reflect.Type) map[string][]int {
	if m, ok := fieldMaps.Load(t); ok {
		return m.(map[string][]int)
	}
	m := map[string][]int{}
	collectFields(t, nil, m)
	got, _ := fieldMaps.LoadOrStore(t, m)
	return got.(map[string][]int)
}

func collectFields(t reflect.Type, prefix []int, m map[string][]int) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(append([]int(nil), prefix...), i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			collectFields(f.Type, index, m)
			continue
		}
		tag, ok := f.Tag.Lookup("xml")
		if !ok {
			tag = f.Tag.Get("json")
		}
		name, _, _ := strings.Cut(tag, ",")
		if f.IsExported() && name != "" && name != "-" && f.Name != "Self" {
			m[name] = index
		}
	}
}
