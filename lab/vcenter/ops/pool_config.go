package ops

import (
	"strconv"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

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

// What vSphere gives a pool.
var (
	defaultAllocation = types.ResourceAllocationInfo{Reservation: types.NewInt64(0), ExpandableReservation: types.NewBool(true),
		Limit: types.NewInt64(-1), Shares: &types.SharesInfo{Level: types.SharesLevelNormal}}
	defaultConfig = types.ResourceConfigSpec{CpuAllocation: defaultAllocation, MemoryAllocation: defaultAllocation}
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
			name, err := s.checkName(r.Name)
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
		if s.Assumed().ResetUnset {
			mergeConfig(p, defaultConfig)
		}
		mergeConfig(p, *r.Config)
		return nil
	})
}
