package ops

import (
	"os"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// Restore takes up an inventory that an earlier process kept. Machines that ran
// then don't any more, as if their host had lost power: they are powered off,
// and what they have is what their configuration files say, so that keys which
// came while they were on are gone.
func (s *Service) Restore(objects []inventory.Object, nextID int) error {
	files := restoredFiles{s: s, roots: map[string]*mo.Datastore{}}
	err := s.Inv.Update(func(tx *inventory.Tx) error {
		tx.ContinueAt(nextID)
		instance, bare := "", false
		for _, o := range objects {
			if si, ok := o.(*mo.ServiceInstance); ok {
				instance, bare = si.Content.About.InstanceUuid, si.Content.About.ApiType == "HostAgent"
				continue
			}
			if ds, ok := o.(*mo.Datastore); ok {
				if err := os.MkdirAll(s.datastoreDir(ds), 0o755); err != nil {
					return err
				}
				files.roots[ds.Name] = ds
			}
			if e := inventory.EntityOf(o); e != nil {
				e.RecentTask = nil
			}
			tx.Add(o)
		}
		s.managers(tx, bare, instance)
		s.administer(tx)
		s.grantNew(tx)
		for _, o := range objects {
			vm, ok := o.(*mo.VirtualMachine)
			if !ok || vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff {
				continue
			}
			vm.Runtime.PowerState, vm.Runtime.BootTime = types.VirtualMachinePowerStatePoweredOff, nil
			vm.Runtime.CleanPowerOff = types.NewBool(false)
			files.lostPower(vm)
			connect(vm, false)
			resetGuest(vm)
			summarize(vm)
		}
		return nil
	})
	if err == nil {
		s.writeMissingVMX(objects)
	}
	return err
}

// restoredFiles finds files while the inventory that says where they are is
// still being restored.
type restoredFiles struct {
	s     *Service
	roots map[string]*mo.Datastore
}

// lostPower drops the keys that the VM's configuration file doesn't have.
// Values stay: a key that stands in the file is written there when it changes.
func (f restoredFiles) lostPower(vm *mo.VirtualMachine) {
	if f.s.Assumed().KeepVolatileKeys {
		return
	}
	p, err := datastore.ParsePath(vm.Config.Files.VmPathName)
	if err != nil || f.roots[p.Datastore] == nil {
		return
	}
	file, err := readVMX(p.Host(f.s.datastoreDir(f.roots[p.Datastore])))
	if err != nil {
		return // an inaccessible VM: nothing is known of it
	}
	keys := keysOf(file.ExtraConfig)
	if kept := only(vm.Config.ExtraConfig, keys); len(kept) != len(vm.Config.ExtraConfig) {
		vm.Config.ExtraConfig = kept
		touchConfig(vm)
	}
}

// writeMissingVMX writes configuration files that are still as empty as when
// they were claimed: the earlier process ended between a VM's creation and its
// file.
func (s *Service) writeMissingVMX(objects []inventory.Object) {
	for _, o := range objects {
		vm, ok := o.(*mo.VirtualMachine)
		if !ok {
			continue
		}
		_, host, err := s.hostPath(vm.Config.Files.VmPathName)
		if err != nil {
			continue
		}
		if info, err := os.Stat(host); err == nil && info.Size() == 0 {
			s.writeVMX(vm.Self)
		}
	}
}
