package inventory

import (
	"iter"
	"reflect"
)

// objects are the managed objects by type and reference: the few datastores are
// found without going through ten thousand VMs and their tasks.
type objects map[string]map[Ref]Object

func (all objects) at(ref Ref) Object { return all[ref.Type][ref] }

// put makes o what ref refers to, or removes it where o is nil.
func (all objects) put(ref Ref, o Object) {
	switch same := all[ref.Type]; {
	case o == nil:
		delete(same, ref)
	case same == nil:
		all[ref.Type] = map[Ref]Object{ref: o}
	default:
		same[ref] = o
	}
}

// All gives every *T in r, in no particular order: not what is derived from T.
func All[T any](r Reader) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for o := range r.OfType(reflect.TypeFor[T]().Name()) {
			if x, ok := any(o).(*T); ok && !yield(x) {
				return
			}
		}
	}
}
