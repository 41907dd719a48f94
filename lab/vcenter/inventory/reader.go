package inventory

import (
	"iter"
	"maps"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
)

// Reader gives objects that must not be modified.
type Reader interface {
	// Lookup gives the object, or nil if there is none.
	Lookup(ref Ref) Object
	// Named gives parent's children of that name.
	Named(parent Ref, name string) []Ref
	// Each calls fn for every object, in no particular order.
	Each(fn func(Object))
	// OfType gives the objects of one type alone.
	OfType(name string) iter.Seq[Object]
}

type reader struct{ inv *Inventory }

func (r reader) Lookup(ref Ref) Object { return r.inv.objects.at(ref) }

func (r reader) Each(fn func(Object)) {
	for name := range r.inv.objects {
		for o := range r.OfType(name) {
			fn(o)
		}
	}
}

func (r reader) OfType(name string) iter.Seq[Object] { return maps.Values(r.inv.objects[name]) }

// Get gives ref's object as a *T, or a ManagedObjectNotFound fault.
func Get[T any](r Reader, ref Ref) (*T, error) {
	if o, ok := any(r.Lookup(ref)).(*T); ok && o != nil {
		return o, nil
	}
	return nil, NotFound(ref)
}

// NotFound is the fault for a reference to nothing.
func NotFound(ref Ref) error {
	return fault.Newf(&types.ManagedObjectNotFound{Obj: ref},
		"The object '%s:%s' has already been deleted or has not been completely created", ref.Type, ref.Value)
}

// PoolOf gives the resource pool in o, which a vApp is too; or nil.
func PoolOf(o Object) *mo.ResourcePool {
	switch p := o.(type) {
	case *mo.ResourcePool:
		return p
	case *mo.VirtualApp:
		return &p.ResourcePool
	}
	return nil
}

// ComputeOf gives the compute resource in o, which a cluster is too; or nil.
func ComputeOf(o Object) *mo.ComputeResource {
	switch c := o.(type) {
	case *mo.ComputeResource:
		return c
	case *mo.ClusterComputeResource:
		return &c.ComputeResource
	}
	return nil
}

// NetworkOf gives the network in o, which a port group is too; or nil.
func NetworkOf(o Object) *mo.Network {
	switch n := o.(type) {
	case *mo.Network:
		return n
	case *mo.DistributedVirtualPortgroup:
		return &n.Network
	}
	return nil
}

// EntityOf gives the managed entity in o, or nil.
func EntityOf(o Object) *mo.ManagedEntity {
	if e, ok := o.(mo.Entity); ok {
		return e.Entity()
	}
	return nil
}

// Parent is where o stands in the tree: a VM in a vApp has only its vApp.
func Parent(o Object) *Ref {
	e := EntityOf(o)
	if e == nil {
		return nil
	}
	if vm, ok := o.(*mo.VirtualMachine); ok && e.Parent == nil {
		return vm.ParentVApp
	}
	return e.Parent
}
