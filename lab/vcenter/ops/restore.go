package ops

import (
	"os"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// Restore takes up an inventory that an earlier process kept. Machines that ran
// then don't any more: they are powered off, and so lose the keys that they
// were given while on, as far as these were known to be such.
func (s *Service) Restore(objects []inventory.Object, nextID int) error {
	return s.Inv.Update(func(tx *inventory.Tx) error {
		tx.ContinueAt(nextID)
		instance := ""
		for _, o := range objects {
			if si, ok := o.(*mo.ServiceInstance); ok {
				instance = si.Content.About.InstanceUuid
				continue
			}
			if ds, ok := o.(*mo.Datastore); ok {
				if err := os.MkdirAll(s.datastoreDir(ds), 0o755); err != nil {
					return err
				}
			}
			if e := inventory.EntityOf(o); e != nil {
				e.RecentTask = nil
			}
			tx.Add(o)
		}
		s.managers(tx, instance)
		for _, o := range objects {
			vm, ok := o.(*mo.VirtualMachine)
			if !ok || vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff {
				continue
			}
			vm.Runtime.PowerState, vm.Runtime.BootTime = types.VirtualMachinePowerStatePoweredOff, nil
			connect(vm, false)
			resetGuest(vm)
			summarize(vm)
		}
		return nil
	})
}
