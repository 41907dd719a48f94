package ops

import (
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

func (s *Service) poolHandlers() {
	m := s.Mux
	rpc.Handle(m, "ResourcePool", s.createPool)
	rpc.Handle(m, "ResourcePool", s.updateConfig)
	rpc.Handle(m, "ResourcePool", s.moveIntoPool)
	rpc.Handle(m, "ResourcePool", s.destroyPool)
	rpc.Handle(m, "ResourcePool", s.createChildVM)
	rpc.Handle(m, "ResourcePool", s.registerChildVM)
}

// editPool gives the pool or vApp ref for editing.
func editPool(tx *inventory.Tx, ref Ref) (*mo.ResourcePool, error) {
	if inventory.PoolOf(tx.Lookup(ref)) == nil {
		return nil, inventory.NotFound(ref)
	}
	o, err := tx.Edit(ref)
	if err != nil {
		return nil, err
	}
	return inventory.PoolOf(o), nil
}

func (s *Service) createPool(c *rpc.Call, r *types.CreateResourcePool) (*types.CreateResourcePoolResponse, error) {
	name, err := s.checkName(r.Name)
	if err != nil {
		return nil, err
	}
	if err := wholeConfig(r.Spec, "spec"); err != nil {
		return nil, err
	}
	var ref Ref
	err = s.Inv.Update(func(tx *inventory.Tx) error {
		parent, err := editPool(tx, c.This)
		if err != nil {
			return err
		}
		if !s.canHavePools(tx, parent.Owner) {
			return fault.Newf(&types.NotSupported{}, "Resource pools need DRS, where there is a cluster")
		}
		if err := checkUnique(tx, c.This, name, nil); err != nil {
			return err
		}
		ref = tx.NewRef("ResourcePool", "resgroup")
		pool := newPool(ref, parent, name, r.Spec)
		tx.Add(&pool)
		parent.ResourcePool = append(parent.ResourcePool, ref)
		return nil
	})
	return &types.CreateResourcePoolResponse{Returnval: ref}, err
}

// newPool makes the pool part of a pool or vApp.
func newPool(ref Ref, parent *mo.ResourcePool, name string, config types.ResourceConfigSpec) mo.ResourcePool {
	config.Entity = &ref
	var p mo.ResourcePool
	p.ManagedEntity = newEntity(ref, &parent.Self, name)
	p.Owner = parent.Owner
	p.Config = types.ResourceConfigSpec{
		CpuAllocation:    types.ResourceAllocationInfo{Limit: types.NewInt64(-1)},
		MemoryAllocation: types.ResourceAllocationInfo{Limit: types.NewInt64(-1)},
	}
	summary := &types.ResourcePoolSummary{Name: name}
	p.Summary = summary
	mergeConfig(&p, config)
	return p
}

// destroyPool destroys a pool; what was in it moves up to its parent.
func (s *Service) destroyPool(c *rpc.Call, _ *types.Destroy_Task) (*types.Destroy_TaskResponse, error) {
	ref, err := s.start(c, "ResourcePool.destroy", func(*task.Run) (types.AnyType, error) {
		return nil, s.Inv.Update(func(tx *inventory.Tx) error {
			pool, err := inventory.Get[mo.ResourcePool](tx, c.This)
			if err != nil {
				return err
			}
			if inventory.PoolOf(tx.Lookup(*pool.Parent)) == nil {
				return fault.New(&types.NotSupported{}) // a cluster's own
			}
			for _, child := range append(append([]Ref(nil), pool.Vm...), pool.ResourcePool...) {
				if err := s.moveIntoPoolOne(tx, *pool.Parent, child); err != nil {
					return err
				}
			}
			parent, err := editPool(tx, *pool.Parent)
			if err != nil {
				return err
			}
			parent.ResourcePool = inventory.RemoveRef(parent.ResourcePool, c.This)
			tx.Remove(c.This)
			return nil
		})
	})
	return &types.Destroy_TaskResponse{Returnval: ref}, err
}
