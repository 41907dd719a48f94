package vcenter

import (
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
)

// never is a lag that no test waits for.
const never = 600_000

func (s *site) power(vm *object.VirtualMachine) types.VirtualMachinePowerState {
	s.t.Helper()
	told := s.props(vm, "runtime.powerState", "summary.runtime.powerState")
	if told.Summary.Runtime.PowerState != told.Runtime.PowerState {
		s.t.Errorf("%s, but %s in the summary", told.Runtime.PowerState, told.Summary.Runtime.PowerState)
	}
	return told.Runtime.PowerState
}

// refusedFor says which state a call was refused for.
func refusedFor(t testing.TB, err error) types.VirtualMachinePowerState {
	t.Helper()
	refused, ok := vimFault(err).(types.InvalidPowerState)
	if !ok {
		t.Fatalf("got %v", err)
	}
	return refused.ExistingState
}

func (s *site) taskRefusedFor(task *object.Task, err error) types.VirtualMachinePowerState {
	s.t.Helper()
	refused, ok := failed(s.t, task, err).(*types.InvalidPowerState)
	if !ok {
		s.t.Fatalf("got %v", err)
	}
	return refused.ExistingState
}

func TestAMachineThatIsOnIsTakenForOneThatIsOff(t *testing.T) {
	r, s := otherwise(t, control.Assumptions{PowerLagMs: never})
	ctx := testContext(t)
	vm := s.vm("a")
	s.on(vm)
	if got := s.power(vm); got != "poweredOff" {
		t.Errorf("at once it is told to be %s", got)
	}
	task, err := vm.PowerOff(ctx)
	if got := s.taskRefusedFor(task, err); got != "poweredOff" {
		t.Errorf("PowerOffVM_Task: %s", got)
	}
	task, err = vm.PowerOn(ctx)
	if got := s.taskRefusedFor(task, err); got != "poweredOn" {
		t.Errorf("its host lets it be powered on again: %s", got)
	}
	if got := refusedFor(t, vm.ShutdownGuest(ctx)); got != "poweredOff" {
		t.Errorf("ShutdownGuest: %s", got)
	}
	if got := refusedFor(t, vm.Unregister(ctx)); got != "poweredOn" {
		t.Errorf("UnregisterVM: %s", got)
	}
	if got := r.VMs()[0].Power; got != "poweredOn" {
		t.Errorf("it really is %s", got)
	}
}

func TestAMachineThatIsOffIsTakenForOneThatIsOn(t *testing.T) {
	r, s := otherwise(t, control.Assumptions{})
	ctx := testContext(t)
	vm := s.vm("a")
	s.on(vm)
	r.Assume(control.Assumptions{PowerLagMs: never})
	task, err := vm.PowerOff(ctx)
	done(t, task, err)
	if got := s.power(vm); got != "poweredOn" {
		t.Errorf("at once it is told to be %s", got)
	}
	task, err = vm.PowerOff(ctx)
	if got := s.taskRefusedFor(task, err); got != "poweredOff" {
		t.Errorf("its host powers it off again: %s", got)
	}
	for name, act := range map[string]func() (*object.Task, error){
		"PowerOnVM_Task": func() (*object.Task, error) { return vm.PowerOn(ctx) },
		"Destroy_Task":   func() (*object.Task, error) { return vm.Destroy(ctx) },
	} {
		task, err := act()
		if got := s.taskRefusedFor(task, err); got != "poweredOn" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := refusedFor(t, vm.Unregister(ctx)); got != "poweredOn" {
		t.Errorf("UnregisterVM: %s", got)
	}
}

func TestAChangeOfPowerIsToldInTheEnd(t *testing.T) {
	t.Parallel()
	r, s := otherwise(t, control.Assumptions{PowerLagMs: queueMs})
	vm := s.vm("a")
	w := s.watch(types.PropertyFilterSpec{PropSet: []types.PropertySpec{{Type: "VirtualMachine", PathSet: []string{"runtime.powerState"}}},
		ObjectSet: []types.ObjectSpec{{Obj: vm.Reference()}}})
	w.next(0)
	wantNext := func(want types.VirtualMachinePowerState) {
		t.Helper()
		if got := w.next(60); len(got) != 1 || got[0].ChangeSet[0].Val != want {
			t.Errorf("%+v instead of %s", got, want)
		}
	}
	s.on(vm)
	wantNext("poweredOn")
	if err := r.FailVM(testContext(t), "a"); err != nil {
		t.Fatal(err)
	}
	wantNext("poweredOff")
	task, err := vm.Destroy(testContext(t))
	done(t, task, err)
}
