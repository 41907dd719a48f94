package vcenter

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
)

func TestARestartDropsSessionsAndKeepsTheRest(t *testing.T) {
	r := start(t)
	s := r.site()
	vm := s.vm("a")
	s.on(vm)
	view := s.allVMs()
	if err := r.Restart(testContext(t), 10*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if _, err := methods.GetServiceContent(testContext(t), s.c.Client); err != nil {
		t.Errorf("without a session too: %v", err)
	}
	if _, err := methods.GetCurrentTime(testContext(t), s.c.Client); !fault[types.NotAuthenticated](err) {
		t.Errorf("the time with the session of before: %v", err)
	}
	if _, err := vm.PowerState(testContext(t)); !fault[types.NotAuthenticated](err) {
		t.Errorf("with the session of before: %v", err)
	}
	if r.Inventory(view) != nil {
		t.Error("the view stayed")
	}
	again := r.site()
	if state := must(object.NewVirtualMachine(again.c.Client, vm.Reference()).PowerState(testContext(t)))(t); state != types.VirtualMachinePowerStatePoweredOn {
		t.Errorf("the VM is %s", state)
	}
}

func TestARestartLeavesNoObjectBusyWithTasksThatAreGone(t *testing.T) {
	r := start(t)
	s := r.site()
	vm := s.vm("a")
	r.Assume(control.Assumptions{QueueMs: 200})
	must(vm.Reconfigure(testContext(t), types.VirtualMachineConfigSpec{Annotation: "late"}))(t)
	if err := r.Restart(testContext(t), 0); err != nil {
		t.Fatal(err)
	}
	again := r.site()
	if tasks := again.props(vm, "recentTask").RecentTask; len(tasks) > 0 {
		t.Errorf("tasks that there aren't: %v", tasks)
	}
	if err := object.NewVirtualMachine(again.c.Client, vm.Reference()).Unregister(testContext(t)); err != nil {
		t.Error(err)
	}
}

func TestTheInventoryOutlivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	r := startIn(t, dir)
	s := r.site()
	ctx := testContext(t)
	app := must(s.pool.CreateVApp(ctx, "app", unlimited(), types.VAppConfigSpec{Annotation: "marker"}, s.folder))(t)
	vm := s.vm("a", withDevices(pvscsi(), addFile(disk(-1, 0, "", 1024)), add(serial("[ssd-1] a/a.log")), add(serial(""))), func(c *types.VirtualMachineConfigSpec) {
		c.ExtraConfig = []types.BaseOptionValue{option("vic.role", "container")}
	})
	s.on(vm)
	gone := s.vm("gone")
	task, err := gone.Destroy(ctx)
	done(t, task, err)
	about, thumbprint := s.c.ServiceContent.About, r.Thumbprint()
	before := s.props(vm, "config", "runtime.host")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}

	r = startIn(t, dir)
	s = r.site()
	after := s.props(vm, "config", "runtime")
	if after.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff || *after.Runtime.Host != *before.Runtime.Host {
		t.Errorf("runtime %+v", after.Runtime)
	}
	if len(after.Config.Hardware.Device) != len(before.Config.Hardware.Device) || !reflect.DeepEqual(after.Config.ExtraConfig, before.Config.ExtraConfig) {
		t.Errorf("config %+v, was %+v", after.Config, before.Config)
	}
	if got := s.c.ServiceContent.About.InstanceUuid; got != about.InstanceUuid || r.Thumbprint() != thumbprint {
		t.Errorf("another vCenter: %s, was %s", got, about.InstanceUuid)
	}
	if r.Inventory(gone.Reference()) != nil {
		t.Error("a destroyed VM is back")
	}
	if got := must(s.finder.VirtualApp(ctx, "app"))(t); got.Reference() != app.Reference() {
		t.Errorf("vApp %v", got)
	}
	if fresh := s.vm("fresh").Reference(); fresh == gone.Reference() {
		t.Error("a reference was given again")
	}
	s.on(object.NewVirtualMachine(s.c.Client, vm.Reference()))
}

func TestInjectedFaults(t *testing.T) {
	r := start(t)
	s := r.site()
	ctx := testContext(t)
	vm, other := s.vm("a"), s.vm("b")
	if err := r.AddRule(control.Rule{Fault: "Nonsense"}); err == nil {
		t.Error("a fault that isn't there was taken")
	}
	if err := r.AddRule(control.Rule{Fault: "VirtualMachine"}); err == nil {
		t.Error("a type that is no fault was taken")
	}
	if err := r.AddRule(control.Rule{Method: "PowerOnVM_Task", Name: "a", Fault: "TaskInProgress", Skip: 1, Count: 1}); err != nil {
		t.Fatal(err)
	}
	if err := r.AddRule(control.Rule{Method: "PowerOffVM_Task", Fault: "HostCommunication", Message: "no answer", InTask: true, Count: 1, DelayMs: 1}); err != nil {
		t.Fatal(err)
	}
	s.on(vm)
	if _, err := vm.PowerOn(ctx); !fault[types.TaskInProgress](err) {
		t.Errorf("the second power-on: %v", err)
	}
	s.on(other)
	task, err := vm.PowerOff(ctx)
	wants[*types.HostCommunication](t, failed(t, task, err))
	task, err = vm.PowerOff(ctx)
	done(t, task, err)
	if n := r.Calls()["PowerOnVM_Task"]; n != 3 {
		t.Errorf("counted %d power-ons", n)
	}
	if r.ResetCalls(); len(r.Calls()) != 0 {
		t.Errorf("calls after a reset: %v", r.Calls())
	}
}

func TestACutCallIsCarriedOutWithoutAnAnswer(t *testing.T) {
	r := start(t)
	s := r.site()
	ctx := testContext(t)
	vm := s.vm("a")
	if err := r.AddRule(control.Rule{Method: "UnregisterVM", Cut: true, Count: 1}); err != nil {
		t.Fatal(err)
	}
	// The client sends it again over a connection of its own making, where it may; so either it never hears, or that the VM is gone.
	if err := vm.Unregister(ctx); err == nil {
		t.Error("a call was answered whose connection was to end")
	}
	if vms := r.VMs(); len(vms) != 0 {
		t.Errorf("the call wasn't carried out: %+v", vms)
	}
}

func TestTheTreeShowsEverything(t *testing.T) {
	r := start(t)
	s := r.site()
	ctx := testContext(t)
	app := must(s.pool.CreateVApp(ctx, "app", unlimited(), types.VAppConfigSpec{}, s.folder))(t)
	task, err := app.CreateChildVM(ctx, types.VirtualMachineConfigSpec{Name: "child", Files: &types.VirtualMachineFileInfo{VmPathName: "[ssd-1]"}}, nil)
	done(t, task, err)
	var out strings.Builder
	if err := r.Tree(&out); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Datacenters", "DC0", "Compute-1", "esx-1.lab", "ssd-1", "VM Network", "DVS-East", "DMZ-110", "app", "child"} {
		if !strings.Contains(out.String(), name) {
			t.Errorf("no %s in\n%s", name, out.String())
		}
	}
	if vms := r.VMs(); len(vms) != 1 || vms[0].Name != "child" || vms[0].Power != "poweredOff" {
		t.Errorf("VMs: %+v", vms)
	}
	if _, err := find.NewFinder(s.c.Client).NetworkList(ctx, "/DC0/network/*"); err != nil {
		t.Error(err)
	}
}
