package ops

import (
	"reflect"
	"slices"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/property"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

// containersOf lists the objects that o is directly in, as views see it.
func containersOf(o inventory.Object) (refs []Ref) {
	e := inventory.EntityOf(o)
	if e == nil {
		return nil
	}
	if e.Parent != nil {
		refs = append(refs, *e.Parent)
	}
	switch x := o.(type) {
	case *mo.VirtualMachine:
		if x.ResourcePool != nil {
			refs = append(refs, *x.ResourcePool)
		}
		if x.Runtime.Host != nil {
			refs = append(refs, *x.Runtime.Host)
		}
	case *mo.VirtualApp:
		if x.ParentFolder != nil {
			refs = append(refs, *x.ParentFolder)
		}
	}
	return refs
}

func inView(r inventory.Reader, view *mo.ContainerView, o inventory.Object) bool {
	if inventory.EntityOf(o) == nil || o.Reference() == view.Container {
		return false
	}
	if len(view.Type) > 0 {
		match := false
		for _, kind := range view.Type {
			match = match || property.IsA(o, kind)
		}
		if !match {
			return false
		}
	}
	return contains(r, view, o, 0)
}

// contains walks up; the depth guards against circles that can't be.
func contains(r inventory.Reader, view *mo.ContainerView, o inventory.Object, depth int) bool {
	for _, ref := range containersOf(o) {
		if ref == view.Container {
			return true
		}
		if up := r.Lookup(ref); view.Recursive && up != nil && depth < 64 && contains(r, view, up, depth+1) {
			return true
		}
	}
	return false
}

func membersOf(r inventory.Reader, view *mo.ContainerView) (refs []Ref) {
	r.Each(func(o inventory.Object) {
		if inView(r, view, o) {
			refs = append(refs, o.Reference())
		}
	})
	return refs
}

// maintainViews keeps views right as part of the change that concerns them.
func (s *Service) maintainViews(tx *inventory.Tx, changes []inventory.Change) {
	var moved, removed []inventory.Change
	branch := false
	for _, c := range changes {
		switch {
		case c.After == nil:
			removed = append(removed, c)
			moved = append(moved, c)
		case c.Before == nil:
			moved = append(moved, c)
		case !reflect.DeepEqual(containersOf(c.Before), containersOf(c.After)):
			moved = append(moved, c)
			_, leaf := c.After.(*mo.VirtualMachine)
			branch = branch || !leaf
		}
	}
	branch = branch || changesRights(changes)
	if len(moved) == 0 && !branch {
		return
	}
	for ref, session := range s.collectors.viewRefs() {
		switch view := tx.Lookup(ref).(type) {
		case *mo.ContainerView:
			maintainContainer(tx, s.viewer(session).Through(tx), view, moved, branch)
		case *mo.ListView:
			for _, c := range removed {
				dropFromView(tx, ref, c.Ref)
			}
		}
	}
}

func maintainContainer(tx *inventory.Tx, seen inventory.Reader, view *mo.ContainerView, moved []inventory.Change, branch bool) {
	if branch {
		if now := membersOf(seen, view); !sameSet(now, view.View) {
			inventory.MustEdit[mo.ContainerView](tx, view.Self).View = now
		}
		return
	}
	for _, c := range moved {
		was := c.Before != nil && inventory.EntityOf(c.Before) != nil && slices.Contains(view.View, c.Ref)
		is := c.After != nil && seen.Lookup(c.Ref) != nil && inView(tx, view, c.After)
		if is && !was {
			view = inventory.MustEdit[mo.ContainerView](tx, view.Self)
			view.View = append(view.View, c.Ref)
		} else if was && !is {
			view = inventory.MustEdit[mo.ContainerView](tx, view.Self)
			view.View = inventory.RemoveRef(view.View, c.Ref)
		}
	}
}

func dropFromView(tx *inventory.Tx, view, ref Ref) {
	if v, ok := tx.Lookup(view).(*mo.ListView); ok && slices.Contains(v.View, ref) {
		v = inventory.MustEdit[mo.ListView](tx, view)
		v.View = inventory.RemoveRef(v.View, ref)
	}
}

func sameSet(a, b []Ref) bool {
	if len(a) != len(b) {
		return false
	}
	in := make(map[Ref]bool, len(a))
	for _, ref := range a {
		in[ref] = true
	}
	for _, ref := range b {
		if !in[ref] {
			return false
		}
	}
	return true
}

// viewRefs lists the views there are, each with its session.
func (cs *collectors) viewRefs() map[Ref]*rpc.Session {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	refs := map[Ref]*rpc.Session{}
	for session, sc := range cs.bySes {
		for ref := range sc.views {
			refs[ref] = session
		}
	}
	return refs
}
