package vcenter

import (
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

func (s *site) hostOf(vm *object.VirtualMachine) *object.HostSystem {
	s.t.Helper()
	return must(vm.HostSystem(testContext(s.t)))(s.t)
}

func TestAHostInMaintenanceHasNothingRunning(t *testing.T) {
	s := start(t).site()
	ctx := testContext(t)
	vm := s.vm("a")
	s.on(vm)
	off := s.vm("b")
	host := s.hostOf(vm)
	if s.hostOf(off).Reference() != host.Reference() {
		off = s.vm("c")
	}
	task, err := host.ExitMaintenanceMode(ctx, 0)
	wants[*types.InvalidState](t, failed(t, task, err))
	task, err = host.EnterMaintenanceMode(ctx, 0, false, nil)
	done(t, task, err)
	if s.hostOf(vm).Reference() == host.Reference() {
		t.Error("DRS left a VM on it")
	}
	// What was off starts elsewhere.
	s.on(off)
	if s.hostOf(off).Reference() == host.Reference() {
		t.Error("a VM started on it")
	}
	// The last host can't be emptied.
	task, err = s.hostOf(vm).EnterMaintenanceMode(ctx, 1, false, nil)
	wants[*types.Timedout](t, failed(t, task, err))
	task, err = host.ExitMaintenanceMode(ctx, 0)
	done(t, task, err)
}

func TestAHostThatIsDisconnectedTakesNoOrders(t *testing.T) {
	s := start(t).site()
	ctx := testContext(t)
	vm := s.vm("a")
	s.on(vm)
	host := s.hostOf(vm)
	task, err := host.Disconnect(ctx)
	done(t, task, err)
	got := s.props(vm, "runtime.connectionState", "runtime.powerState", "config.name")
	if got.Runtime.ConnectionState != types.VirtualMachineConnectionStateDisconnected || got.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn || got.Config == nil {
		t.Errorf("%+v", got.Runtime)
	}
	if _, err := vm.PowerOff(ctx); !fault[types.HostNotConnected](err) {
		t.Errorf("powered off: %v", err)
	}
	task, err = host.Reconnect(ctx, nil, nil)
	done(t, task, err)
	if got := s.props(vm, "runtime.connectionState"); got.Runtime.ConnectionState != types.VirtualMachineConnectionStateConnected {
		t.Errorf("%+v", got.Runtime)
	}
}

func TestADatastoreThatIsAwayHidesItsMachines(t *testing.T) {
	r := start(t)
	s := r.site()
	ctx := testContext(t)
	vm := s.contained("a")
	if err := r.SetAccessible("nowhere", false); err == nil {
		t.Error("an unknown datastore")
	}
	if err := r.SetAccessible("ssd-1", false); err != nil {
		t.Fatal(err)
	}
	got := s.props(vm, "runtime.connectionState", "config", "summary.config.vmPathName", "name")
	if got.Runtime.ConnectionState != types.VirtualMachineConnectionStateInaccessible || got.Config != nil || got.Name != "a" {
		t.Errorf("%+v", got)
	}
	task, err := vm.PowerOn(ctx)
	wants[*types.InaccessibleDatastore](t, failed(t, task, err))
	if err := r.SetAccessible("ssd-1", true); err != nil {
		t.Fatal(err)
	}
	s.on(vm)
}
