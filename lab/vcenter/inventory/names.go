package inventory

import (
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
)

// nameKey is a name among a parent's children.
type nameKey struct {
	parent Ref
	name   string
}

// names finds children by name without going through all of them.
type names map[nameKey][]Ref

// NameSpaces are the parents among whose children o's name is unique. A vApp
// has two: its pool and its folder.
func NameSpaces(o Object) (parents []Ref) {
	if p := Parent(o); p != nil {
		parents = append(parents, *p)
	}
	if app, ok := o.(*mo.VirtualApp); ok && app.ParentFolder != nil {
		parents = append(parents, *app.ParentFolder)
	}
	return parents
}

func keysOf(o Object) (keys []nameKey) {
	if o == nil {
		return nil
	}
	e := EntityOf(o)
	if e == nil {
		return nil
	}
	for _, parent := range NameSpaces(o) {
		keys = append(keys, nameKey{parent, e.Name})
	}
	return keys
}

// apply follows one change.
func (n names) apply(c Change) {
	before, after := keysOf(c.Before), keysOf(c.After)
	if slices.Equal(before, after) {
		return
	}
	for _, k := range before {
		if n[k] = RemoveRef(n[k], c.Ref); len(n[k]) == 0 {
			delete(n, k)
		}
	}
	for _, k := range after {
		n[k] = append(n[k], c.Ref)
	}
}

// Named implements Reader.
func (r reader) Named(parent Ref, name string) []Ref { return r.inv.names[nameKey{parent, name}] }

// Named implements Reader, with what this change did.
func (tx *Tx) Named(parent Ref, name string) (refs []Ref) {
	key := nameKey{parent, name}
	for _, ref := range tx.inv.names[key] {
		if _, changed := tx.edited[ref]; !changed {
			refs = append(refs, ref)
		}
	}
	for ref, o := range tx.edited {
		if slices.Contains(keysOf(o), key) {
			refs = append(refs, ref)
		}
	}
	return refs
}
