package vcenter

import (
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

func keys(m types.ManagedObjectReference, r *running) map[string]string {
	out := map[string]string{}
	vm, err := r.service.Machine(m)
	if err != nil {
		return out
	}
	for _, o := range vm.Config.ExtraConfig {
		v := o.GetOptionValue()
		out[v.Key], _ = v.Value.(string)
	}
	return out
}

func option(key, value string) types.BaseOptionValue {
	return &types.OptionValue{Key: key, Value: value}
}

func TestKeysFirstSetWhileOnAreLostAtPowerOff(t *testing.T) {
	for _, keep := range []bool{false, true} {
		r := start(t, func(o *Options) { o.Assume.KeepVolatileKeys = keep })
		s := r.site()
		ctx := testContext(t)
		vm := s.vm("a", func(c *types.VirtualMachineConfigSpec) {
			c.ExtraConfig = []types.BaseOptionValue{option("guestinfo.placed", "{}")}
		})
		s.on(vm)
		task, err := vm.Reconfigure(ctx, types.VirtualMachineConfigSpec{ExtraConfig: []types.BaseOptionValue{option("guestinfo.placed", "1"), option("guestinfo.late", "1")}})
		done(t, task, err)
		task, err = vm.PowerOff(ctx)
		done(t, task, err)
		got := keys(vm.Reference(), r)
		if got["guestinfo.placed"] != "1" || (got["guestinfo.late"] == "1") != keep {
			t.Errorf("keep %v: %v", keep, got)
		}
	}
}

func TestPowerStatesAreGuarded(t *testing.T) {
	r := start(t)
	s := r.site()
	ctx := testContext(t)
	vm := s.vm("a")
	task, err := vm.PowerOff(ctx)
	wants[*types.InvalidPowerState](t, failed(t, task, err))
	task, err = vm.Reset(ctx)
	wants[*types.InvalidPowerState](t, failed(t, task, err))
	if err := vm.ShutdownGuest(ctx); !fault[types.InvalidPowerState](err) {
		t.Errorf("shutdown of a VM that is off: %v", err)
	}
	s.on(vm)
	task, err = vm.PowerOn(ctx)
	wants[*types.InvalidPowerState](t, failed(t, task, err))
	task, err = vm.Destroy(ctx)
	wants[*types.InvalidPowerState](t, failed(t, task, err))
	if err := vm.Unregister(ctx); !fault[types.InvalidPowerState](err) {
		t.Errorf("unregister of a VM that is on: %v", err)
	}
	// No guest of ours in it, so no tools either.
	if err := vm.ShutdownGuest(ctx); !fault[types.ToolsUnavailable](err) {
		t.Errorf("shutdown without tools: %v", err)
	}
	if err := vm.RebootGuest(ctx); !fault[types.ToolsUnavailable](err) {
		t.Errorf("reboot without tools: %v", err)
	}
	task, err = vm.Suspend(ctx)
	done(t, task, err)
	s.on(vm)
	task, err = vm.Reset(ctx)
	done(t, task, err)
}

func TestStaleVersionsAndWrongValuesAreRefused(t *testing.T) {
	r := start(t)
	s := r.site()
	ctx := testContext(t)
	vm := s.vm("a")
	s.vm("b")
	stale := s.props(vm, "config.changeVersion").Config.ChangeVersion
	task, err := vm.Reconfigure(ctx, types.VirtualMachineConfigSpec{ChangeVersion: stale, Annotation: "x"})
	done(t, task, err)
	task, err = vm.Reconfigure(ctx, types.VirtualMachineConfigSpec{ChangeVersion: stale, Annotation: "y"})
	wants[*types.ConcurrentAccess](t, failed(t, task, err))
	task, err = vm.Reconfigure(ctx, types.VirtualMachineConfigSpec{Name: "b"})
	wants[*types.DuplicateName](t, failed(t, task, err))
	task, err = vm.Rename(ctx, "b")
	wants[*types.DuplicateName](t, failed(t, task, err))
	task, err = vm.Rename(ctx, strings.Repeat("x", 81))
	wants[*types.InvalidName](t, failed(t, task, err))
	task, err = vm.Reconfigure(ctx, types.VirtualMachineConfigSpec{GuestId: "nonsense64Guest"})
	wants[*types.InvalidArgument](t, failed(t, task, err))
	backing := must(must(s.finder.Network(ctx, "VM Network"))(t).EthernetCardBackingInfo(ctx))(t)
	for _, mac := range []string{"00:0c:29:00:00:01", "00:50:56:40:00:00", "nonsense"} {
		task, err = s.reconfigure(vm, add(nic(backing, mac)))
		wants[*types.InvalidDeviceSpec](t, failed(t, task, err))
	}
	task, err = s.reconfigure(vm, add(nic(backing, "")))
	done(t, task, err)
	for _, d := range s.props(vm, "config.hardware.device").Config.Hardware.Device {
		if card, ok := d.(*types.VirtualVmxnet3); ok && !strings.HasPrefix(card.MacAddress, "00:50:56:") {
			t.Errorf("generated MAC %s", card.MacAddress)
		}
	}
}

func TestIdentitiesComeFromTheSpecAndMayRepeat(t *testing.T) {
	r := start(t)
	s := r.site()
	ctx := testContext(t)
	const id, bios = "11111111-2222-5333-8444-555555555555", "11111111-2222-5333-8444-666666666666"
	with := func(c *types.VirtualMachineConfigSpec) { c.InstanceUuid, c.Uuid = strings.ToUpper(id), bios }
	one, two := s.vm("one", with), s.vm("two", with)
	search := object.NewSearchIndex(s.c.Client)
	if ref := must(search.FindByUuid(ctx, s.dc, id, true, types.NewBool(true)))(t); ref == nil {
		t.Error("not found by instance UUID")
	}
	all := must(methods.FindAllByUuid(ctx, s.c.Client, &types.FindAllByUuid{This: *s.c.ServiceContent.SearchIndex, Uuid: bios, VmSearch: true}))(t)
	if len(all.Returnval) != 2 {
		t.Errorf("found %v, want %v and %v", all.Returnval, one, two)
	}
}

func TestAVAppStartsStopsAndTakesItsMachinesAlong(t *testing.T) {
	r := start(t)
	s := r.site()
	ctx := testContext(t)
	app := must(s.pool.CreateVApp(ctx, "app", unlimited(), types.VAppConfigSpec{}, s.folder))(t)
	var vms []*object.VirtualMachine
	for _, name := range []string{"a", "b"} {
		task, err := app.CreateChildVM(ctx, types.VirtualMachineConfigSpec{Name: name, Files: &types.VirtualMachineFileInfo{VmPathName: "[ssd-1]"}}, nil)
		vms = append(vms, object.NewVirtualMachine(s.c.Client, done(t, task, err).Result.(types.ManagedObjectReference)))
	}
	task, err := app.PowerOn(ctx)
	done(t, task, err)
	for _, vm := range vms {
		if state := must(vm.PowerState(ctx))(t); state != types.VirtualMachinePowerStatePoweredOn {
			t.Errorf("%v is %s", vm, state)
		}
	}
	task, err = app.Destroy(ctx)
	wants[*types.InvalidPowerState](t, failed(t, task, err))
	task, err = app.PowerOff(ctx, true)
	done(t, task, err)
	stranger := s.vm("stranger")
	if _, err := methods.MoveIntoResourcePool(ctx, s.c.Client, &types.MoveIntoResourcePool{This: app.Reference(), List: []types.ManagedObjectReference{stranger.Reference()}}); err != nil {
		t.Fatal(err)
	}
	if got := s.props(stranger, "parent", "parentVApp"); got.Parent != nil || got.ParentVApp == nil {
		t.Errorf("moved into the vApp: parent %v, parentVApp %v", got.Parent, got.ParentVApp)
	}
	if _, err := methods.MoveIntoResourcePool(ctx, s.c.Client, &types.MoveIntoResourcePool{This: s.pool.Reference(), List: []types.ManagedObjectReference{stranger.Reference()}}); err != nil {
		t.Fatal(err)
	}
	if got := s.props(stranger, "parent", "parentVApp"); got.Parent == nil || got.ParentVApp != nil {
		t.Errorf("moved out of it: parent %v, parentVApp %v", got.Parent, got.ParentVApp)
	}
	task, err = app.Destroy(ctx)
	done(t, task, err)
	if left := must(s.finder.VirtualMachineList(ctx, "*"))(t); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}

func TestATaskCanBeCanceledWhileItWaits(t *testing.T) {
	r := start(t)
	s := r.site()
	ctx := testContext(t)
	vm := s.vm("a")
	turn := r.service.Tasks.Queues().Join(vm.Reference().Value)
	task, err := vm.PowerOn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := task.Cancel(ctx); err != nil {
		t.Fatal(err)
	}
	wants[*types.RequestCanceled](t, failed(t, task, nil))
	turn.Leave()
	if err := task.Cancel(ctx); !fault[types.InvalidState](err) {
		t.Errorf("canceled twice: %v", err)
	}
	s.on(vm)
}
