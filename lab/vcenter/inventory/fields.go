package inventory

import (
	"reflect"
	"slices"
	"strings"
	"sync"
)

// layout is what the journal knows of a managed object type.
type layout struct {
	// fields are its properties, inherited ones included, that are kept.
	fields []field
	// shadowed are properties that govmomi declares twice, as mo.Network does
	// with ManagedEntity's name. JSON says only the outer one.
	shadowed []shadow
}

type field struct {
	name  string // "ResourcePool.ManagedEntity.Name"
	index []int
	refs  bool // a list of references
}

type shadow struct{ outer, inner []int }

// volatileField begins anew with the process, as tasks do.
const volatileField = "RecentTask"

var layouts sync.Map // reflect.Type → *layout

func layoutOf(t reflect.Type) *layout {
	if known, ok := layouts.Load(t); ok {
		return known.(*layout)
	}
	l := &layout{}
	byTag := map[string][]int{}
	l.collect(t, "", nil, byTag)
	known, _ := layouts.LoadOrStore(t, l)
	return known.(*layout)
}

func (l *layout) collect(t reflect.Type, prefix string, at []int, byTag map[string][]int) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(slices.Clone(at), i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			l.collect(f.Type, prefix+f.Name+".", index, byTag)
			continue
		}
		if f.Name == "Self" || f.Name == volatileField {
			continue
		}
		l.fields = append(l.fields, field{prefix + f.Name, index, f.Type == refSlice})
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		other, twice := byTag[tag]
		switch {
		case !twice:
			byTag[tag] = index
		case len(index) < len(other):
			l.shadowed = append(l.shadowed, shadow{index, other})
			byTag[tag] = index
		default:
			l.shadowed = append(l.shadowed, shadow{other, index})
		}
	}
}

// named finds a field.
func (l *layout) named(name string) (field, bool) {
	i := slices.IndexFunc(l.fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return l.fields[i], true
}

// unshadow gives o's shadowed properties the value of those that hide them.
func (l *layout) unshadow(o Object) {
	v := reflect.ValueOf(o).Elem()
	for _, s := range l.shadowed {
		v.FieldByIndex(s.inner).Set(v.FieldByIndex(s.outer))
	}
}

// listChange says how a list became another: without some, then longer.
type listChange struct {
	Removed []Ref `json:"removed,omitempty"`
	Added   []Ref `json:"added,omitempty"`
}

func diffList(before, after []Ref) (c listChange) {
	i := 0
	for _, ref := range before {
		if i < len(after) && after[i] == ref {
			i++
		} else {
			c.Removed = append(c.Removed, ref)
		}
	}
	c.Added = after[i:]
	return c
}

func (c listChange) apply(list []Ref) []Ref {
	gone := make(map[Ref]bool, len(c.Removed))
	for _, ref := range c.Removed {
		gone[ref] = true
	}
	out := make([]Ref, 0, len(list)+len(c.Added))
	for _, ref := range list {
		if !gone[ref] {
			out = append(out, ref)
		}
	}
	if out = append(out, c.Added...); len(out) == 0 {
		return nil // as in an object that never had one
	}
	return out
}
