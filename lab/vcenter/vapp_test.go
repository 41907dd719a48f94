package vcenter

import (
	"context"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

func TestAVAppIsSuspendedWhole(t *testing.T) {
	s := start(t).site()
	ctx := testContext(t)
	app := must(s.pool.CreateVApp(ctx, "app", unlimited(), types.VAppConfigSpec{}, s.folder))(t)
	suspend := func() (*object.Task, error) {
		res, err := methods.SuspendVApp_Task(ctx, s.c.Client, &types.SuspendVApp_Task{This: app.Reference()})
		if err != nil {
			return nil, err
		}
		return object.NewTask(s.c.Client, res.Returnval), nil
	}
	task, err := suspend()
	wants[*types.InvalidPowerState](t, failed(t, task, err))
	var vms []*object.VirtualMachine
	for _, name := range []string{"first", "second"} {
		task, err = app.CreateChildVM(ctx, types.VirtualMachineConfigSpec{Name: name, Files: &types.VirtualMachineFileInfo{VmPathName: "[ssd-1]"}}, nil)
		vms = append(vms, s.machine(done(t, task, err).Result))
	}
	task, err = app.PowerOn(ctx)
	done(t, task, err)
	task, err = suspend()
	done(t, task, err)
	first, second := s.props(vms[0], "runtime").Runtime, s.props(vms[1], "runtime").Runtime
	for _, r := range []types.VirtualMachineRuntimeInfo{first, second} {
		if r.PowerState != types.VirtualMachinePowerStateSuspended {
			t.Fatalf("it is %s", r.PowerState)
		}
	}
	if !second.SuspendTime.Before(*first.SuspendTime) {
		t.Errorf("what starts first was suspended at %v, the other at %v", first.SuspendTime, second.SuspendTime)
	}
	s.on(vms[0])
}

// heldUp is a driver under which no machine starts before it is let.
type heldUp struct {
	*guest.Simulated
	begun, let chan struct{}
}

func (h heldUp) PowerOn(ctx context.Context, m guest.Machine, events guest.Events) error {
	h.begun <- struct{}{}
	<-h.let
	return h.Simulated.PowerOn(ctx, m, events)
}

func TestMachinesOfAVAppThatStartsAreLeftToIt(t *testing.T) {
	driver := heldUp{&guest.Simulated{}, make(chan struct{}), make(chan struct{})}
	s := start(t, func(o *Options) { o.Driver = driver }).site()
	ctx := testContext(t)
	app := must(s.pool.CreateVApp(ctx, "app", unlimited(), types.VAppConfigSpec{}, s.folder))(t)
	task, err := app.CreateChildVM(ctx, types.VirtualMachineConfigSpec{Name: "child", Files: &types.VirtualMachineFileInfo{VmPathName: "[ssd-1]"}}, nil)
	vm := s.machine(done(t, task, err).Result)
	starting, err := app.PowerOn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	<-driver.begun
	_, err = vm.PowerOff(ctx)
	refused[types.VAppTaskInProgress](t, "a power-off meanwhile", err)
	_, err = vm.PowerOn(ctx)
	refused[types.VAppTaskInProgress](t, "a power-on meanwhile", err)
	var now mo.VirtualApp
	if err := app.Properties(ctx, app.Reference(), []string{"summary"}, &now); err != nil {
		t.Fatal(err)
	}
	if state := now.Summary.(*types.VirtualAppSummary).VAppState; state != types.VirtualAppVAppStateStarting {
		t.Errorf("it is %s", state)
	}
	driver.let <- struct{}{}
	done(t, starting, nil)
	task, err = vm.PowerOff(ctx)
	done(t, task, err)
}
