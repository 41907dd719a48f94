package vcenter

import (
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
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
