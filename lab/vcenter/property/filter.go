package property

import (
	"reflect"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// member is an object that a filter has told its client about.
type member struct {
	paths  []*Path
	values []types.AnyType // as last told; nil where unset
}

// Filter follows the objects that one PropertyFilterSpec selects. All of it is
// guarded by the inventory's lock and, between readers, by its collector's.
type Filter struct {
	Ref     types.ManagedObjectReference
	graph   *graph
	members map[types.ManagedObjectReference]*member
	dirty   map[types.ManagedObjectReference]struct{}
	fresh   bool // nothing told yet, or to be told from the start again
	paths   map[reflect.Type][]*Path
}

// NewFilter makes a filter that will begin by telling everything.
func NewFilter(ref types.ManagedObjectReference, spec *Spec) *Filter {
	return &Filter{
		Ref: ref, graph: newGraph(spec), fresh: true,
		dirty: map[types.ManagedObjectReference]struct{}{},
		paths: map[reflect.Type][]*Path{},
	}
}

// mark notes that ref changed; it says whether that concerns the filter.
func (f *Filter) mark(ref types.ManagedObjectReference) bool {
	if f.fresh {
		return true
	}
	if _, ok := f.graph.byRef[ref]; !ok {
		return false
	}
	f.dirty[ref] = struct{}{}
	return true
}

// restart makes the filter tell everything again.
func (f *Filter) restart() { f.fresh = true }

// collect gives the updates since it was last called, and the references that
// the spec names but that aren't there.
func (f *Filter) collect(r inventory.Reader, a control.Assumptions) (updates []types.ObjectUpdate, missing []types.MissingObject) {
	g := f.graph
	if f.fresh {
		f.members = map[types.ManagedObjectReference]*member{}
		g.build(r)
		missing = f.missingRoots(r)
		f.fresh = false
	} else {
		for ref := range f.dirty {
			g.changed(r, ref)
			g.touched[ref] = struct{}{}
		}
		if g.stale {
			g.build(r)
		}
	}
	clear(f.dirty)
	for ref := range g.touched {
		if u, ok := f.update(r, a, ref); ok {
			updates = append(updates, u)
		}
	}
	clear(g.touched)
	return updates, missing
}

func (f *Filter) missingRoots(r inventory.Reader) (missing []types.MissingObject) {
	if !f.graph.spec.reportMissing {
		return nil
	}
	for _, root := range f.graph.spec.roots {
		if r.Lookup(root.obj) == nil {
			missing = append(missing, missingObject(root.obj))
		}
	}
	return missing
}

func missingObject(ref types.ManagedObjectReference) types.MissingObject {
	return types.MissingObject{Obj: ref, Fault: types.LocalizedMethodFault{
		Fault:            &types.ManagedObjectNotFound{Obj: ref},
		LocalizedMessage: "The object has already been deleted or has not been completely created",
	}}
}

// update compares an object with what was last told of it.
func (f *Filter) update(r inventory.Reader, a control.Assumptions, ref types.ManagedObjectReference) (u types.ObjectUpdate, ok bool) {
	m, told := f.members[ref]
	obj := r.Lookup(ref)
	var paths []*Path
	selected := obj != nil && f.graph.reports[ref] > 0
	if selected {
		paths, selected = f.pathsFor(obj)
	}
	switch {
	case !selected && !told:
		return u, false
	case !selected:
		delete(f.members, ref)
		return types.ObjectUpdate{Kind: types.ObjectUpdateKindLeave, Obj: ref}, true
	case !told:
		m = &member{paths: paths, values: make([]types.AnyType, len(paths))}
		f.members[ref] = m
	}
	u = types.ObjectUpdate{Kind: types.ObjectUpdateKindModify, Obj: ref}
	if !told {
		u.Kind = types.ObjectUpdateKindEnter
	}
	for i, p := range m.paths {
		val, set := p.Get(obj)
		if !set {
			val = nil
		}
		if val == nil && p.Keyed() && a.MissingKeyFaults && (!told || m.values[i] != nil) {
			u.MissingSet = append(u.MissingSet, missingProperty(p))
		}
		before := m.values[i]
		if reflect.DeepEqual(before, val) {
			continue
		}
		m.values[i] = val
		u.ChangeSet = append(u.ChangeSet, types.PropertyChange{Name: p.text, Op: changeOp(p, told, before, val, a), Val: val})
	}
	return u, !told || len(u.ChangeSet) > 0
}

// changeOp says how a property changed.
func changeOp(p *Path, told bool, before, now types.AnyType, a control.Assumptions) types.PropertyChangeOp {
	switch {
	case told && now == nil && (p.Keyed() && !a.KeyedAlwaysAssign || !p.Keyed() && a.UnsetAsRemove):
		return types.PropertyChangeOpRemove
	case told && before == nil && p.Keyed() && !a.KeyedAlwaysAssign:
		return types.PropertyChangeOpAdd
	}
	return types.PropertyChangeOpAssign
}

func missingProperty(p *Path) types.MissingProperty {
	return types.MissingProperty{Path: p.text, Fault: *fault.From(fault.New(&types.InvalidProperty{Name: p.text})).Localized()}
}

func (f *Filter) pathsFor(obj any) ([]*Path, bool) {
	t := reflect.TypeOf(obj)
	if paths, ok := f.paths[t]; ok {
		return paths, paths != nil
	}
	paths, selected, _ := f.graph.spec.pathsFor(obj)
	if selected && paths == nil {
		paths = []*Path{}
	}
	f.paths[t] = paths
	return paths, selected
}
