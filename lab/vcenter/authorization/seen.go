package authorization

import (
	"iter"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// Viewer says what one principal may see.
type Viewer struct {
	Principal string
	Manager   Ref // the AuthorizationManager
}

// CanSee says whether ref is no inventory object, or one that the principal has
// System.View on.
func (v Viewer) CanSee(r inventory.Reader, ref Ref) bool {
	if inventory.EntityOf(r.Lookup(ref)) == nil {
		return true
	}
	return Has(r, v.Manager, ref, v.Principal, "System.View")
}

// Through gives the inventory as the principal sees it: other objects aren't
// there.
func (v Viewer) Through(r inventory.Reader) inventory.Reader { return seen{r, v} }

type seen struct {
	inventory.Reader
	viewer Viewer
}

func (s seen) Lookup(ref Ref) inventory.Object {
	o := s.Reader.Lookup(ref)
	if o != nil && !s.viewer.CanSee(s.Reader, ref) {
		return nil
	}
	return o
}

func (s seen) Named(parent Ref, name string) (refs []Ref) {
	for _, ref := range s.Reader.Named(parent, name) {
		if s.viewer.CanSee(s.Reader, ref) {
			refs = append(refs, ref)
		}
	}
	return refs
}

func (s seen) Each(fn func(inventory.Object)) {
	s.Reader.Each(func(o inventory.Object) {
		if s.viewer.CanSee(s.Reader, o.Reference()) {
			fn(o)
		}
	})
}

func (s seen) OfType(name string) iter.Seq[inventory.Object] {
	return func(yield func(inventory.Object) bool) {
		for o := range s.Reader.OfType(name) {
			if s.viewer.CanSee(s.Reader, o.Reference()) && !yield(o) {
				return
			}
		}
	}
}
