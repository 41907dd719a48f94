package property

import (
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// Retrieve answers RetrievePropertiesEx, once and whole.
// see gives the inventory as the caller may see it, seen an object.
func Retrieve(inv *inventory.Inventory, a control.Assumptions, specs []*Spec, see func(inventory.Reader) inventory.Reader, seen func(inventory.Object) any) (content []types.ObjectContent, err error) {
	type pick struct {
		obj   inventory.Object
		paths []*Path
	}
	var picked []pick
	index := map[types.ManagedObjectReference]int{}
	inv.View(func(reader inventory.Reader) {
		r := lens{see(reader), a}
		for _, s := range specs {
			if err = s.CheckVisible(reader, r); err != nil {
				return
			}
			if err = s.CheckRoots(r); err != nil {
				return
			}
			for _, ref := range s.reach(r) {
				obj := r.Lookup(ref)
				if obj == nil {
					continue
				}
				paths, selected, invalid := s.pathsFor(obj)
				if invalid != "" {
					err = fault.New(&types.InvalidProperty{Name: invalid})
					return
				}
				if !selected {
					continue
				}
				if at, ok := index[ref]; ok {
					picked[at].paths = append(picked[at].paths, paths...)
					continue
				}
				index[ref] = len(picked)
				picked = append(picked, pick{obj, paths})
			}
		}
	})
	if err != nil {
		return nil, err
	}
	// Objects are immutable: reading them needs no lock.
	for _, p := range picked {
		oc := types.ObjectContent{Obj: p.obj.Reference()}
		done, obj := map[string]bool{}, seen(p.obj)
		for _, path := range p.paths {
			val, set := path.Get(obj)
			switch {
			case done[path.text]:
			case set:
				oc.PropSet = append(oc.PropSet, types.DynamicProperty{Name: path.text, Val: val})
			case path.Keyed() && a.MissingKeyFaults:
				oc.MissingSet = append(oc.MissingSet, missingProperty(path))
			}
			done[path.text] = true
		}
		content = append(content, oc)
	}
	return content, nil
}

// reach lists what the spec's traversals report, in traversal order.
func (s *Spec) reach(r inventory.Reader) (refs []types.ManagedObjectReference) {
	g := newGraph(s)
	visited, reported := map[nodeKey]bool{}, map[types.ManagedObjectReference]bool{}
	var visit func(k nodeKey)
	visit = func(k nodeKey) {
		if visited[k] {
			return
		}
		visited[k] = true
		if k.report && !reported[k.ref] {
			reported[k.ref] = true
			refs = append(refs, k.ref)
		}
		for _, target := range g.edges(r, k) {
			visit(target)
		}
	}
	for i := range s.roots {
		visit(nodeKey{s.roots[i].obj, s.roots[i].next, !s.roots[i].skip})
	}
	return refs
}

// CheckVisible refuses a spec that names an object which its user may not see.
func (s *Spec) CheckVisible(all, seen inventory.Reader) error {
	for _, root := range s.roots {
		if all.Lookup(root.obj) != nil && seen.Lookup(root.obj) == nil {
			return fault.New(&types.NoPermission{Object: &root.obj, PrivilegeId: "System.View"})
		}
	}
	return nil
}

// CheckRoots refuses a spec that names an object which isn't there, unless the
// spec wants that reported.
func (s *Spec) CheckRoots(r inventory.Reader) error {
	for _, root := range s.roots {
		if r.Lookup(root.obj) == nil && !s.reportMissing {
			return inventory.NotFound(root.obj)
		}
	}
	return nil
}
