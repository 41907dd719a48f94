package ops

import (
	"testing"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func TestChangesOfPowerAreToldInTheirOrder(t *testing.T) {
	var late latePower
	vm := &mo.VirtualMachine{}
	vm.Self = Ref{Type: "VirtualMachine", Value: "vm-1"}
	change := func(to types.VirtualMachinePowerState) {
		late.hold(vm.Self, vm.Runtime)
		vm.Runtime.PowerState, vm.Summary.Runtime.PowerState = to, to
	}
	want := func(state types.VirtualMachinePowerState) {
		t.Helper()
		told := late.told(vm)
		if told.Runtime.PowerState != state || told.Summary.Runtime.PowerState != state {
			t.Errorf("told %s and %s, not %s", told.Runtime.PowerState, told.Summary.Runtime.PowerState, state)
		}
	}
	vm.Runtime.PowerState = "poweredOff"
	change("poweredOn")
	change("suspended")
	change("poweredOff")
	for _, state := range []types.VirtualMachinePowerState{"poweredOff", "poweredOn", "suspended"} {
		want(state)
		late.release(vm.Self)
	}
	want("poweredOff")
	if late.told(vm) != vm {
		t.Error("something is held back yet")
	}
}
