package ops

import (
	"reflect"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/property"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

func (s *Service) viewHandlers() {
	m := s.Mux
	rpc.Handle(m, "ViewManager", s.createContainerView)
	rpc.Handle(m, "ViewManager", s.createListView)
	rpc.Handle(m, "ListView", s.modifyListView)
	rpc.Handle(m, "ListView", s.resetListView)
	rpc.Handle(m, "View", s.destroyView)
	rpc.Handle(m, "ManagedObjectView", s.destroyView)
}

func (s *Service) addView(c *rpc.Call, kind string, make func(tx *inventory.Tx, ref Ref) (inventory.Object, error)) (ref Ref, err error) {
	err = s.Inv.Update(func(tx *inventory.Tx) error {
		ref = tx.NewRef(kind, "session["+c.Session.Key+"]view")
		view, err := make(tx, ref)
		if err != nil {
			return err
		}
		tx.Add(view)
		return nil
	})
	if err == nil {
		s.collectors.mu.Lock()
		s.collectors.of(c.Session).views[ref] = true
		s.collectors.mu.Unlock()
	}
	return ref, err
}

// ownView refuses views of other sessions.
func (s *Service) ownView(c *rpc.Call) error {
	s.collectors.mu.Lock()
	defer s.collectors.mu.Unlock()
	if !s.collectors.of(c.Session).views[c.This] {
		return inventory.NotFound(c.This)
	}
	return nil
}

func (s *Service) createContainerView(c *rpc.Call, r *types.CreateContainerView) (*types.CreateContainerViewResponse, error) {
	ref, err := s.addView(c, "ContainerView", func(tx *inventory.Tx, ref Ref) (inventory.Object, error) {
		container := tx.Lookup(r.Container)
		switch container.(type) {
		case nil:
			return nil, inventory.NotFound(r.Container)
		case *mo.Folder, *mo.Datacenter, *mo.ClusterComputeResource, *mo.ComputeResource, *mo.ResourcePool, *mo.VirtualApp, *mo.HostSystem:
		default:
			return nil, fault.InvalidArgument("container")
		}
		for _, kind := range r.Type {
			if !mo.IsManagedObjectType(kind) {
				return nil, fault.InvalidArgument("type")
			}
		}
		view := &mo.ContainerView{Container: r.Container, Type: r.Type, Recursive: r.Recursive}
		view.Self = ref
		view.View = membersOf(tx, view)
		return view, nil
	})
	return &types.CreateContainerViewResponse{Returnval: ref}, err
}

func (s *Service) createListView(c *rpc.Call, r *types.CreateListView) (*types.CreateListViewResponse, error) {
	ref, err := s.addView(c, "ListView", func(tx *inventory.Tx, ref Ref) (inventory.Object, error) {
		for _, obj := range r.Obj {
			if tx.Lookup(obj) == nil {
				return nil, inventory.NotFound(obj)
			}
		}
		view := &mo.ListView{}
		view.Self, view.View = ref, dedup(r.Obj)
		return view, nil
	})
	return &types.CreateListViewResponse{Returnval: ref}, err
}

func dedup(list []Ref) (out []Ref) {
	seen := map[Ref]bool{}
	for _, ref := range list {
		if !seen[ref] {
			seen[ref] = true
			out = append(out, ref)
		}
	}
	return out
}

// modifyListView answers with the references that don't exist.
func (s *Service) modifyListView(c *rpc.Call, r *types.ModifyListView) (*types.ModifyListViewResponse, error) {
	if err := s.ownView(c); err != nil {
		return nil, err
	}
	var unresolved []Ref
	err := s.Inv.Update(func(tx *inventory.Tx) error {
		view, err := inventory.Edit[mo.ListView](tx, c.This)
		if err != nil {
			return err
		}
		for _, ref := range r.Remove {
			view.View = inventory.RemoveRef(view.View, ref)
		}
		list := append([]Ref(nil), view.View...)
		for _, ref := range r.Add {
			if tx.Lookup(ref) == nil {
				unresolved = append(unresolved, ref)
			} else {
				list = append(list, ref)
			}
		}
		view.View = dedup(list)
		return nil
	})
	return &types.ModifyListViewResponse{Returnval: unresolved}, err
}

func (s *Service) resetListView(c *rpc.Call, r *types.ResetListView) (*types.ResetListViewResponse, error) {
	if err := s.ownView(c); err != nil {
		return nil, err
	}
	var unresolved []Ref
	err := s.Inv.Update(func(tx *inventory.Tx) error {
		view, err := inventory.Edit[mo.ListView](tx, c.This)
		if err != nil {
			return err
		}
		var list []Ref
		for _, ref := range r.Obj {
			if tx.Lookup(ref) == nil {
				unresolved = append(unresolved, ref)
			} else {
				list = append(list, ref)
			}
		}
		view.View = dedup(list)
		return nil
	})
	return &types.ResetListViewResponse{Returnval: unresolved}, err
}

func (s *Service) destroyView(c *rpc.Call, _ *types.DestroyView) (*types.DestroyViewResponse, error) {
	if err := s.ownView(c); err != nil {
		return nil, err
	}
	s.collectors.mu.Lock()
	delete(s.collectors.of(c.Session).views, c.This)
	s.collectors.mu.Unlock()
	err := s.Inv.Update(func(tx *inventory.Tx) error {
		tx.Remove(c.This)
		return nil
	})
	return &types.DestroyViewResponse{}, err
}

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
	if len(moved) == 0 {
		return
	}
	for _, ref := range s.collectors.viewRefs() {
		switch view := tx.Lookup(ref).(type) {
		case *mo.ContainerView:
			maintainContainer(tx, view, moved, branch)
		case *mo.ListView:
			for _, c := range removed {
				dropFromView(tx, ref, c.Ref)
			}
		}
	}
}

func maintainContainer(tx *inventory.Tx, view *mo.ContainerView, moved []inventory.Change, branch bool) {
	if branch {
		if now := membersOf(tx, view); !sameSet(now, view.View) {
			inventory.MustEdit[mo.ContainerView](tx, view.Self).View = now
		}
		return
	}
	for _, c := range moved {
		was := c.Before != nil && inventory.EntityOf(c.Before) != nil && has(view.View, c.Ref)
		is := c.After != nil && inView(tx, view, c.After)
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
	if v, ok := tx.Lookup(view).(*mo.ListView); ok && has(v.View, ref) {
		v = inventory.MustEdit[mo.ListView](tx, view)
		v.View = inventory.RemoveRef(v.View, ref)
	}
}

func has(list []Ref, ref Ref) bool {
	for i := range list {
		if list[i] == ref {
			return true
		}
	}
	return false
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

// viewRefs lists the views of all sessions.
func (cs *collectors) viewRefs() (refs []Ref) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for _, sc := range cs.bySes {
		for ref := range sc.views {
			refs = append(refs, ref)
		}
	}
	return refs
}
