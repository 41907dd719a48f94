package ops

import (
	"strconv"
	"time"

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
	name, err := checkName(r.Name)
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

// wholeConfig refuses a ResourceConfigSpec that lacks a part which a creation
// needs.
func wholeConfig(c types.ResourceConfigSpec, name string) error {
	for part, a := range map[string]types.ResourceAllocationInfo{"cpuAllocation": c.CpuAllocation, "memoryAllocation": c.MemoryAllocation} {
		if a.Reservation == nil || a.Limit == nil || a.ExpandableReservation == nil || a.Shares == nil {
			return fault.InvalidArgument(name + "." + part)
		}
	}
	return checkConfig(c, name)
}

func checkConfig(c types.ResourceConfigSpec, name string) error {
	for part, a := range map[string]types.ResourceAllocationInfo{"cpuAllocation": c.CpuAllocation, "memoryAllocation": c.MemoryAllocation} {
		switch {
		case a.Reservation != nil && *a.Reservation < 0:
			return fault.InvalidArgument(name + "." + part + ".reservation")
		case a.Limit != nil && *a.Limit < -1,
			a.Limit != nil && *a.Limit >= 0 && a.Reservation != nil && *a.Limit < *a.Reservation:
			return fault.InvalidArgument(name + "." + part + ".limit")
		case a.Shares != nil && a.Shares.Level == types.SharesLevelCustom && a.Shares.Shares <= 0:
			return fault.InvalidArgument(name + "." + part + ".shares")
		}
	}
	return nil
}

// Shares of a pool at each level, as VMware documents them for resource pools.
var (
	cpuShares    = map[types.SharesLevel]int32{types.SharesLevelLow: 2000, types.SharesLevelNormal: 4000, types.SharesLevelHigh: 8000}
	memoryShares = map[types.SharesLevel]int32{types.SharesLevelLow: 81920, types.SharesLevelNormal: 163840, types.SharesLevelHigh: 327680}
)

// mergeConfig sets what config says and keeps what it leaves out.
func mergeConfig(p *mo.ResourcePool, config types.ResourceConfigSpec) {
	mergeAllocation(&p.Config.CpuAllocation, config.CpuAllocation, cpuShares)
	mergeAllocation(&p.Config.MemoryAllocation, config.MemoryAllocation, memoryShares)
	if config.ScaleDescendantsShares != "" {
		p.Config.ScaleDescendantsShares = config.ScaleDescendantsShares
	}
	now := time.Now()
	self := p.Self
	p.Config.Entity, p.Config.LastModified = &self, &now
	p.Config.ChangeVersion = strconv.FormatInt(now.UnixNano(), 36)
	p.Runtime.OverallStatus = types.ManagedEntityStatusGreen
	p.Runtime.Cpu.MaxUsage, p.Runtime.Memory.MaxUsage = maxUsage(p.Config.CpuAllocation), maxUsage(p.Config.MemoryAllocation)<<20
	summary := p.Summary.GetResourcePoolSummary()
	summary.Config, summary.Runtime = inventory.DeepCopy(p.Config), p.Runtime
}

func maxUsage(a types.ResourceAllocationInfo) int64 {
	if a.Limit == nil || *a.Limit < 0 {
		return 1 << 20
	}
	return *a.Limit
}

func mergeAllocation(to *types.ResourceAllocationInfo, from types.ResourceAllocationInfo, shares map[types.SharesLevel]int32) {
	if from.Reservation != nil {
		to.Reservation = types.NewInt64(*from.Reservation)
	}
	if from.Limit != nil {
		to.Limit = types.NewInt64(*from.Limit)
	}
	if from.ExpandableReservation != nil {
		to.ExpandableReservation = types.NewBool(*from.ExpandableReservation)
	}
	if from.Shares != nil {
		set := *from.Shares
		if n, ok := shares[set.Level]; ok {
			set.Shares = n
		}
		to.Shares = &set
	}
}

func (s *Service) updateConfig(c *rpc.Call, r *types.UpdateConfig) (*types.UpdateConfigResponse, error) {
	return &types.UpdateConfigResponse{}, s.Inv.Update(func(tx *inventory.Tx) error {
		p, err := editPool(tx, c.This)
		if err != nil {
			return err
		}
		if r.Name != "" && r.Name != p.ManagedEntity.Name {
			name, err := checkName(r.Name)
			if err != nil {
				return err
			}
			for _, parent := range inventory.NameSpaces(tx.Lookup(c.This)) {
				if err := checkUnique(tx, parent, name, &c.This); err != nil {
					return err
				}
			}
			setName(tx.Lookup(c.This), name)
		}
		if r.Config == nil {
			return nil
		}
		if v := r.Config.ChangeVersion; v != "" && v != p.Config.ChangeVersion {
			return fault.New(&types.ConcurrentAccess{})
		}
		if err := checkConfig(*r.Config, "config"); err != nil {
			return err
		}
		mergeConfig(p, *r.Config)
		return nil
	})
}

func (s *Service) moveIntoPool(c *rpc.Call, r *types.MoveIntoResourcePool) (*types.MoveIntoResourcePoolResponse, error) {
	if err := s.exist(r.List...); err != nil {
		return nil, err
	}
	return &types.MoveIntoResourcePoolResponse{}, s.Inv.Update(func(tx *inventory.Tx) error {
		for _, ref := range r.List {
			if err := s.moveIntoPoolOne(tx, c.This, ref); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) moveIntoPoolOne(tx *inventory.Tx, into, ref Ref) error {
	target, err := editPool(tx, into)
	if err != nil {
		return err
	}
	switch o := tx.Lookup(ref).(type) {
	case *mo.VirtualMachine:
		return s.moveMachine(tx, into, ref)
	case *mo.ResourcePool, *mo.VirtualApp:
		for up := &into; up != nil && up.Type != "ClusterComputeResource"; up = inventory.Parent(tx.Lookup(*up)) {
			if *up == ref {
				return fault.InvalidArgument("list")
			}
		}
		if err := checkUnique(tx, into, inventory.EntityOf(o).Name, &ref); err != nil {
			return err
		}
		moved, err := editPool(tx, ref)
		if err != nil {
			return err
		}
		from, err := editPool(tx, *moved.Parent)
		if err != nil {
			return err
		}
		from.ResourcePool = inventory.RemoveRef(from.ResourcePool, ref)
		moved.Parent = &Ref{Type: into.Type, Value: into.Value}
		target.ResourcePool = append(target.ResourcePool, ref)
		return nil
	}
	return fault.InvalidArgument("list")
}

// moveMachine moves a VM between pools and vApps. Into a vApp it leaves its
// folder; out of one it goes to the folder that holds the vApp.
func (s *Service) moveMachine(tx *inventory.Tx, into, ref Ref) error {
	vm, err := inventory.Edit[mo.VirtualMachine](tx, ref)
	if err != nil {
		return err
	}
	if vm.ResourcePool != nil && *vm.ResourcePool == into {
		return nil
	}
	if err := checkUnique(tx, into, vm.Name, &ref); into.Type == "VirtualApp" && err != nil {
		return err
	}
	from, err := editPool(tx, *vm.ResourcePool)
	if err != nil {
		return err
	}
	target, err := editPool(tx, into)
	if err != nil {
		return err
	}
	from.Vm = inventory.RemoveRef(from.Vm, ref)
	target.Vm = append(target.Vm, ref)
	vm.ResourcePool = &Ref{Type: into.Type, Value: into.Value}
	old := vm.ParentVApp
	if old != nil {
		dropEntityConfig(inventory.MustEdit[mo.VirtualApp](tx, *old), ref)
	}
	if into.Type == "VirtualApp" {
		if vm.Parent != nil {
			folder := inventory.MustEdit[mo.Folder](tx, *vm.Parent)
			folder.ChildEntity = inventory.RemoveRef(folder.ChildEntity, ref)
		}
		vm.Parent, vm.ParentVApp = nil, &Ref{Type: into.Type, Value: into.Value}
		addEntityConfig(inventory.MustEdit[mo.VirtualApp](tx, into), vm)
		return nil
	}
	if old == nil {
		return nil
	}
	folder := inventory.MustEdit[mo.Folder](tx, s.folderOfVApp(tx, *old))
	if err := checkUnique(tx, folder.Self, vm.Name, nil); err != nil {
		return err
	}
	vm.ParentVApp, vm.Parent = nil, &Ref{Type: "Folder", Value: folder.Self.Value}
	folder.ChildEntity = append(folder.ChildEntity, ref)
	return nil
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
