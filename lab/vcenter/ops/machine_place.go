package ops

import (
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// place is where a new VM goes: into a folder and a pool, or into a vApp.
type place struct {
	folder *Ref
	pool   Ref
	host   *Ref
}

func (p place) parent() Ref {
	if p.folder != nil {
		return *p.folder
	}
	return p.pool
}

// checkPlace refuses places that aren't there or don't go together.
func (s *Service) checkPlace(at place) (err error) {
	s.Inv.View(func(r inventory.Reader) {
		pool := inventory.PoolOf(r.Lookup(at.pool))
		switch {
		case pool == nil:
			err = inventory.NotFound(at.pool)
		case at.folder == nil && at.pool.Type != "VirtualApp":
			// A plain pool has no folder for its VMs.
			err = fault.New(&types.NotSupported{})
		case at.folder != nil && at.pool.Type == "VirtualApp":
			err = fault.InvalidArgument("pool")
		case at.folder != nil:
			folder, missing := inventory.Get[mo.Folder](r, *at.folder)
			if err = missing; err == nil && !slices.Contains(folder.ChildType, "VirtualMachine") {
				err = fault.New(&types.NotSupported{})
			}
		}
		if err == nil && at.host != nil {
			host, missing := inventory.Get[mo.HostSystem](r, *at.host)
			if err = missing; err == nil && *host.Parent != pool.Owner {
				err = fault.InvalidArgument("host")
			}
		}
	})
	return err
}

func (s *Service) namesAreUnique(at place) bool {
	return at.folder != nil || !s.Assumed().SameChildNames
}

// chooseHost takes the wanted host, or of those that have all the networks the
// one with the fewest VMs.
func chooseHost(r inventory.Reader, owner Ref, wanted *Ref, networks []Ref) (Ref, error) {
	if wanted != nil {
		if _, err := inventory.Get[mo.HostSystem](r, *wanted); err != nil {
			return Ref{}, err
		}
		return *wanted, nil
	}
	compute := inventory.ComputeOf(r.Lookup(owner))
	if compute == nil {
		return Ref{}, inventory.NotFound(owner)
	}
	var best *mo.HostSystem
	for _, ref := range compute.Host {
		host, ok := r.Lookup(ref).(*mo.HostSystem)
		if ok && host.Runtime.ConnectionState == types.HostSystemConnectionStateConnected && !host.Runtime.InMaintenanceMode &&
			hasAll(host.Network, networks) && (best == nil || len(host.Vm) < len(best.Vm)) {
			best = host
		}
	}
	if best == nil {
		return Ref{}, fault.Newf(&types.NoCompatibleHost{}, "No host is compatible with the virtual machine.")
	}
	return best.Self, nil
}

func hasAll(list, wanted []Ref) bool {
	for _, ref := range wanted {
		if !slices.Contains(list, ref) {
			return false
		}
	}
	return true
}
