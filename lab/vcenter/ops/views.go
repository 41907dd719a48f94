package ops

import (
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
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
		if _, app := container.(*mo.VirtualApp); app && s.Assumed().NoViewsOfVApps {
			return nil, fault.InvalidArgument("container")
		}
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
		view.View = membersOf(s.seeing(c)(tx), view)
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
		if err := s.checkListed(r.Obj); err != nil {
			return nil, err
		}
		view := &mo.ListView{}
		view.Self, view.View = ref, dedup(r.Obj)
		return view, nil
	})
	return &types.CreateListViewResponse{Returnval: ref}, err
}

// checkListed refuses views in a list, where that is assumed.
func (s *Service) checkListed(refs []Ref) error {
	for _, ref := range refs {
		if ref.Type == "ContainerView" && s.Assumed().NoViewsInLists {
			return fault.InvalidArgument("obj")
		}
	}
	return nil
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

func (s *Service) modifyListView(c *rpc.Call, r *types.ModifyListView) (*types.ModifyListViewResponse, error) {
	unresolved, err := s.editListView(c, r.Add, func(list []Ref) []Ref {
		return slices.DeleteFunc(slices.Clone(list), func(ref Ref) bool { return slices.Contains(r.Remove, ref) })
	})
	return &types.ModifyListViewResponse{Returnval: unresolved}, err
}

func (s *Service) resetListView(c *rpc.Call, r *types.ResetListView) (*types.ResetListViewResponse, error) {
	unresolved, err := s.editListView(c, r.Obj, func([]Ref) []Ref { return nil })
	return &types.ResetListViewResponse{Returnval: unresolved}, err
}

// editListView adds references to what a view keeps of its list, and gives
// those that refer to nothing.
func (s *Service) editListView(c *rpc.Call, add []Ref, keep func(list []Ref) []Ref) (unresolved []Ref, err error) {
	if err := s.ownView(c); err != nil {
		return nil, err
	}
	if err := s.checkListed(add); err != nil {
		return nil, err
	}
	err = s.Inv.Update(func(tx *inventory.Tx) error {
		view, err := inventory.Edit[mo.ListView](tx, c.This)
		if err != nil {
			return err
		}
		list := keep(view.View)
		for _, ref := range add {
			if tx.Lookup(ref) == nil {
				unresolved = append(unresolved, ref)
			} else {
				list = append(list, ref)
			}
		}
		view.View = dedup(list)
		return nil
	})
	return unresolved, err
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
