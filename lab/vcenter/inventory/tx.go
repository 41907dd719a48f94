package inventory

import (
	"fmt"
	"iter"
	"slices"
)

// Tx is one change in the making. It reads its own writes.
type Tx struct {
	inv    *Inventory
	edited map[Ref]Object // nil: removed
	order  []Ref
	after  []func()
}

// Lookup gives the object as this change sees it; not to be modified.
func (tx *Tx) Lookup(ref Ref) Object {
	if o, ok := tx.edited[ref]; ok {
		return o
	}
	return tx.inv.objects.at(ref)
}

// Each calls fn for every object.
func (tx *Tx) Each(fn func(Object)) {
	for _, same := range tx.inv.objects {
		for ref := range same {
			if o := tx.Lookup(ref); o != nil {
				fn(o)
			}
		}
	}
	for ref, o := range tx.edited {
		if o != nil && tx.inv.objects.at(ref) == nil {
			fn(o)
		}
	}
}

// OfType gives the objects of one type alone.
func (tx *Tx) OfType(name string) iter.Seq[Object] {
	return func(yield func(Object) bool) {
		for ref := range tx.inv.objects[name] {
			if o := tx.Lookup(ref); o != nil && !yield(o) {
				return
			}
		}
		for ref, o := range tx.edited {
			if o != nil && ref.Type == name && tx.inv.objects.at(ref) == nil && !yield(o) {
				return
			}
		}
	}
}

// Edit gives a clone of the object that may be modified until the change ends.
// Slices of references in it are shared with the original: append to them, or
// use RemoveRef, but never write into them.
func (tx *Tx) Edit(ref Ref) (Object, error) {
	if o, ok := tx.edited[ref]; ok {
		if o == nil {
			return nil, NotFound(ref)
		}
		return o, nil
	}
	o := tx.inv.objects.at(ref)
	if o == nil {
		return nil, NotFound(ref)
	}
	o = Clone(o)
	tx.put(ref, o)
	return o, nil
}

func (tx *Tx) put(ref Ref, o Object) {
	if _, ok := tx.edited[ref]; !ok {
		tx.order = append(tx.order, ref)
	}
	tx.edited[ref] = o
}

// Edit gives a modifiable *T, or a ManagedObjectNotFound fault.
func Edit[T any](tx *Tx, ref Ref) (*T, error) {
	if _, ok := any(tx.Lookup(ref)).(*T); !ok {
		return nil, NotFound(ref)
	}
	o, err := tx.Edit(ref)
	if err != nil {
		return nil, err
	}
	return any(o).(*T), nil
}

// MustEdit is Edit for objects known to be there.
func MustEdit[T any](tx *Tx, ref Ref) *T {
	o, err := Edit[T](tx, ref)
	if err != nil {
		panic(fmt.Sprintf("%s:%s: %v", ref.Type, ref.Value, err))
	}
	return o
}

// Add puts a new object into the inventory.
func (tx *Tx) Add(o Object) { tx.put(o.Reference(), o) }

// Remove takes an object out of it.
func (tx *Tx) Remove(ref Ref) { tx.put(ref, nil) }

// After registers fn to run once the change is committed and unlocked.
func (tx *Tx) After(fn func()) { tx.after = append(tx.after, fn) }

// NewRef gives a reference never given before: prefix "vm" makes "vm-42".
func (tx *Tx) NewRef(kind, prefix string) Ref {
	id := tx.inv.nextID
	tx.inv.nextID++
	return Ref{Type: kind, Value: fmt.Sprintf("%s-%d", prefix, id)}
}

// RemoveRef gives list without ref, leaving list itself alone.
func RemoveRef(list []Ref, ref Ref) []Ref {
	i := slices.Index(list, ref)
	if i < 0 {
		return list
	}
	if len(list) == 1 {
		return nil // as in an object that never had one
	}
	out := make([]Ref, 0, len(list))
	return append(append(out, list[:i]...), list[i+1:]...)
}

// ContinueAt makes sure that no id below nextID is given again.
func (tx *Tx) ContinueAt(nextID int) { tx.inv.nextID = max(tx.inv.nextID, nextID) }
