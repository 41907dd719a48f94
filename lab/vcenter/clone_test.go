package vcenter

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

func (s *site) clone(vm *object.VirtualMachine, name string, spec types.VirtualMachineCloneSpec) (*object.Task, error) {
	return vm.Clone(testContext(s.t), s.folder, name, spec)
}

func (s *site) machine(ref types.AnyType) *object.VirtualMachine {
	return object.NewVirtualMachine(s.c.Client, ref.(types.ManagedObjectReference))
}

func moving(how types.VirtualMachineRelocateDiskMoveOptions) types.VirtualMachineCloneSpec {
	return types.VirtualMachineCloneSpec{Location: types.VirtualMachineRelocateSpec{DiskMoveType: string(how)}}
}

func TestClonesThatCannotBeAreRefused(t *testing.T) {
	r := start(t)
	s := r.site()
	vm := s.contained("a")
	if _, err := s.clone(vm, "b", moving(types.VirtualMachineRelocateDiskMoveOptionsCreateNewChildDiskBacking)); !fault[types.InvalidArgument](err) {
		t.Errorf("linked to a disk that is written to: %v", err)
	}
	task, err := s.clone(vm, "b", moving("somehow"))
	wants[*types.InvalidArgument](t, failed(t, task, err))
	task, err = s.clone(vm, "a", types.VirtualMachineCloneSpec{})
	wants[*types.DuplicateName](t, failed(t, task, err))
	if left, _ := filepath.Glob(filepath.Join(r.dir, "datastores", "ssd-1", "b*")); len(left) != 1 { // the builder's
		t.Errorf("left: %v", left)
	}
}

func TestACloneHasTheKeysAndAnIdentityOfItsOwn(t *testing.T) {
	r := start(t)
	s := r.site()
	backing := must(must(s.finder.Network(testContext(t), "VM Network"))(t).EthernetCardBackingInfo(testContext(t)))(t)
	vm := s.vm("a", withDevices(pvscsi(), addFile(disk(-1, 0, "", 1024)), add(nic(backing, "00:50:56:01:02:03")), add(serial("[ssd-1] a/a.log"))),
		func(c *types.VirtualMachineConfigSpec) {
			c.ExtraConfig = []types.BaseOptionValue{option("vic.container.id", "x")}
		})
	task, err := s.clone(vm, "b", types.VirtualMachineCloneSpec{PowerOn: true})
	clone := s.machine(done(t, task, err).Result)
	was, is := s.props(vm, "config").Config, s.props(clone, "config").Config
	if keys(clone.Reference(), r)["vic.container.id"] != "x" || is.InstanceUuid == was.InstanceUuid || is.Uuid == was.Uuid {
		t.Errorf("%s %s, %s %s", was.InstanceUuid, is.InstanceUuid, was.Uuid, is.Uuid)
	}
	wantChain(t, s.chain(clone), "[ssd-1] b/b.vmdk")
	for _, d := range is.Hardware.Device {
		switch x := d.(type) {
		case *types.VirtualVmxnet3:
			if x.MacAddress != "00:50:56:01:02:03" {
				t.Errorf("MAC %s", x.MacAddress)
			}
		case *types.VirtualSerialPort:
			if file := x.Backing.(*types.VirtualSerialPortFileBackingInfo).FileName; file != "[ssd-1] b/a.log" {
				t.Errorf("writes to %s", file)
			}
		}
	}
}

func TestALinkedCloneSharesTheSnapshotsDisk(t *testing.T) {
	r := start(t)
	s := r.site()
	ctx := testContext(t)
	vm := s.contained("a")
	task, err := vm.CreateSnapshot(ctx, "s", "", false, false)
	snapshot := done(t, task, err).Result.(types.ManagedObjectReference)
	spec := moving(types.VirtualMachineRelocateDiskMoveOptionsCreateNewChildDiskBacking)
	spec.Snapshot = &snapshot
	task, err = s.clone(vm, "b", spec)
	clone := s.machine(done(t, task, err).Result)
	wantChain(t, s.chain(clone), "[ssd-1] b/b.vmdk", "[ssd-1] a/a.vmdk", base)
	// The delta alone, and everything below shared.
	task, err = s.clone(vm, "c", moving(types.VirtualMachineRelocateDiskMoveOptionsMoveChildMostDiskBacking))
	wantChain(t, s.chain(s.machine(done(t, task, err).Result)), "[ssd-1] c/c.vmdk", "[ssd-1] a/a.vmdk", base)
	// What a clone stands on is not merged away.
	task, err = vm.RemoveAllSnapshot(ctx, nil)
	done(t, task, err)
	wantChain(t, s.chain(vm), "[ssd-1] a/a-000001.vmdk", "[ssd-1] a/a.vmdk", base)
	s.on(clone)
}

func TestATemplateLeavesItsVAppAndDoesNotRun(t *testing.T) {
	s := start(t).site()
	ctx := testContext(t)
	app := must(s.pool.CreateVApp(ctx, "app", unlimited(), types.VAppConfigSpec{}, s.folder))(t)
	task, err := app.CreateChildVM(ctx, types.VirtualMachineConfigSpec{Name: "a", Files: &types.VirtualMachineFileInfo{VmPathName: "[ssd-1]"}}, nil)
	vm := s.machine(done(t, task, err).Result)
	s.on(vm)
	if err := vm.MarkAsTemplate(ctx); !fault[types.InvalidPowerState](err) {
		t.Errorf("a template of a VM that is on: %v", err)
	}
	task, err = vm.PowerOff(ctx)
	done(t, task, err)
	if err := vm.MarkAsTemplate(ctx); err != nil {
		t.Fatal(err)
	}
	got := s.props(vm, "parent", "parentVApp", "resourcePool", "config.template", "summary.config.template")
	if got.ResourcePool != nil || got.ParentVApp != nil || got.Parent == nil || !got.Config.Template || !got.Summary.Config.Template {
		t.Errorf("%+v", got)
	}
	task, err = vm.PowerOn(ctx)
	wants[*types.NotSupported](t, failed(t, task, err))
	task, err = vm.CreateSnapshot(ctx, "s", "", false, false)
	wants[*types.NotSupported](t, failed(t, task, err))
	if err := vm.MarkAsVirtualMachine(ctx, *object.NewResourcePool(s.c.Client, app.Reference()), nil); err != nil {
		t.Fatal(err)
	}
	if err := vm.MarkAsVirtualMachine(ctx, *object.NewResourcePool(s.c.Client, app.Reference()), nil); !fault[types.InvalidState](err) {
		t.Errorf("twice: %v", err)
	}
	if got := s.props(vm, "parentVApp"); got.ParentVApp == nil {
		t.Error("it isn't in the vApp again")
	}
	s.on(vm)
}

func TestAStorageMoveTakesEverythingAlong(t *testing.T) {
	r := start(t)
	s := r.site()
	ctx := testContext(t)
	vm := s.contained("a")
	task, err := vm.Rename(ctx, "shown")
	done(t, task, err)
	s.on(vm)
	target := must(s.finder.Datastore(ctx, "hdd-1"))(t).Reference()
	task, err = vm.Relocate(ctx, types.VirtualMachineRelocateSpec{Datastore: &target}, types.VirtualMachineMovePriorityDefaultPriority)
	done(t, task, err)
	got := s.props(vm, "config.files", "datastore", "summary.config.vmPathName")
	if got.Summary.Config.VmPathName != "[hdd-1] shown/shown.vmx" || len(got.Datastore) != 1 || got.Datastore[0] != target {
		t.Errorf("%+v %v", got.Summary.Config, got.Datastore)
	}
	wantChain(t, s.chain(vm), "[hdd-1] shown/shown.vmdk")
	if _, err := os.Stat(filepath.Join(r.dir, "datastores", "ssd-1", "a")); !os.IsNotExist(err) {
		t.Errorf("the old directory stayed: %v", err)
	}
	if _, err := os.Stat(filepath.Join(r.dir, "datastores", "ssd-1", "images", "base.vmdk")); err != nil {
		t.Errorf("the parent went: %v", err)
	}
	task, err = vm.PowerOff(ctx)
	done(t, task, err)
	task, err = vm.CreateSnapshot(ctx, "s", "", false, false)
	done(t, task, err)
	back := must(s.finder.Datastore(ctx, "ssd-1"))(t).Reference()
	task, err = vm.Relocate(ctx, types.VirtualMachineRelocateSpec{Datastore: &back}, types.VirtualMachineMovePriorityDefaultPriority)
	wants[*types.NotSupported](t, failed(t, task, err))
}

func TestADatastoreThatIsRenamedTakesItsPathsAlong(t *testing.T) {
	s := start(t).site()
	ctx := testContext(t)
	vm := s.contained("a")
	ds := must(s.finder.Datastore(ctx, "ssd-1"))(t)
	task, err := ds.Rename(ctx, "fast")
	done(t, task, err)
	wantChain(t, s.chain(vm), "[fast] a/a.vmdk", "[fast] images/base.vmdk")
	s.on(vm)
}
