package ops

import (
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// poweredOff notes that a VM's run has ended, however it did: with what its
// guest had written by then.
func (s *Service) poweredOff(ref Ref) error { return s.runEnded(ref, true) }

// runEnded is poweredOff of a run that ended in order, or, where clean is
// false, with its VMX process or its host.
func (s *Service) runEnded(ref Ref, clean bool) error {
	turn := s.heard.Join(ref.Value)
	turn.Wait(s.ctx)
	turn.Leave()
	run := s.machines.end(ref.Value)
	if run != nil {
		s.locks.Release(ref.Value, run.claims)
	}
	keep := s.Assumed().KeepVolatileKeys
	err := s.changePower(ref, func(tx *inventory.Tx, vm *mo.VirtualMachine) error {
		vm.Runtime.PowerState, vm.Runtime.BootTime, vm.Runtime.SuspendTime = types.VirtualMachinePowerStatePoweredOff, nil, nil
		vm.Runtime.CleanPowerOff = types.NewBool(clean)
		connect(vm, false)
		resetGuest(vm)
		if run != nil && !keep {
			dropVolatile(vm, run.atPowerOn)
		}
		datastores, networks := vm.Datastore, vm.Network
		s.refresh(tx, vm)
		linkMachine(tx, vm, datastores, networks)
		s.events.vm(tx, &types.VmPoweredOffEvent{}, vm)
		return nil
	})
	if err == nil {
		s.writeVMX(ref)
	}
	return err
}

// dropVolatile drops the keys that weren't there at power-on.
func dropVolatile(vm *mo.VirtualMachine, atPowerOn map[string]bool) {
	kept := only(vm.Config.ExtraConfig, atPowerOn)
	if len(kept) != len(vm.Config.ExtraConfig) {
		vm.Config.ExtraConfig = kept
		touchConfig(vm)
	}
}

// only gives the options in list whose keys are among keys.
func only(list []types.BaseOptionValue, keys map[string]bool) (kept []types.BaseOptionValue) {
	for _, o := range list {
		if keys[o.GetOptionValue().Key] {
			kept = append(kept, o)
		}
	}
	return kept
}

func keysOf(list []types.BaseOptionValue) map[string]bool {
	keys := map[string]bool{}
	for _, o := range list {
		keys[o.GetOptionValue().Key] = true
	}
	return keys
}
