package vcenter

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// failed waits for a task's failure and gives its fault.
func failed(t testing.TB, task *object.Task, err error) types.BaseMethodFault {
	t.Helper()
	if err != nil {
		if soap.IsSoapFault(err) {
			f, _ := soap.ToSoapFault(err).VimFault().(types.BaseMethodFault)
			return f
		}
		t.Fatal(err)
	}
	info, err := task.WaitForResult(testContext(t))
	if err == nil {
		t.Fatal("the task succeeded")
	}
	return info.Error.Fault
}

// wants ends the test unless got is a T.
func wants[T any](t testing.TB, got any) {
	t.Helper()
	if _, ok := got.(T); !ok {
		t.Errorf("got %T, want %T", got, *new(T))
	}
}

func withDevices(changes ...types.BaseVirtualDeviceConfigSpec) func(*types.VirtualMachineConfigSpec) {
	return func(s *types.VirtualMachineConfigSpec) { s.DeviceChange = changes }
}

func (s *site) props(vm *object.VirtualMachine, paths ...string) mo.VirtualMachine {
	s.t.Helper()
	var got mo.VirtualMachine
	if err := property.DefaultCollector(s.c.Client).RetrieveOne(testContext(s.t), vm.Reference(), paths, &got); err != nil {
		s.t.Fatal(err)
	}
	return got
}

func (s *site) mkdir(path string) {
	s.t.Helper()
	if err := object.NewFileManager(s.c.Client).MakeDirectory(testContext(s.t), path, s.dc, true); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) on(vm *object.VirtualMachine) {
	s.t.Helper()
	task, err := vm.PowerOn(testContext(s.t))
	done(s.t, task, err)
}

func (s *site) reconfigure(vm *object.VirtualMachine, changes ...types.BaseVirtualDeviceConfigSpec) (*object.Task, error) {
	return vm.Reconfigure(testContext(s.t), types.VirtualMachineConfigSpec{DeviceChange: changes})
}

func remove(d types.BaseVirtualDevice) types.BaseVirtualDeviceConfigSpec {
	return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationRemove, Device: d}
}

func TestImpossibleDisksAreRefused(t *testing.T) {
	s := start(t).site()
	vm := s.vm("a", withDevices(pvscsi(), addFile(disk(-1, 0, "", 1024))))
	const scsi = 1000
	negative := disk(scsi, 1, "", 1024)
	negative.CapacityInKB = -1
	noUnit := disk(scsi, 1, "", 1024)
	noUnit.UnitNumber = nil
	rdm := disk(scsi, 1, "", 1024)
	rdm.Backing = &types.VirtualDiskSparseVer2BackingInfo{DiskMode: "persistent"}
	mode := disk(scsi, 1, "", 1024)
	mode.Backing.(*types.VirtualDiskFlatVer2BackingInfo).DiskMode = "sometimes"
	for name, d := range map[string]*types.VirtualDisk{
		"the controller's own unit": disk(scsi, 7, "", 1024), "a unit that is taken": disk(scsi, 0, "", 1024), "a unit beyond the bus": disk(scsi, 16, "", 1024),
		"no unit": noUnit, "no controller": disk(0, 1, "", 1024), "a controller that isn't there": disk(1003, 1, "", 1024), "a controller for other things": disk(100, 1, "", 1024),
		"no capacity": disk(scsi, 1, "", 0), "less than none": negative, "an old format": rdm, "a mode that isn't": mode,
		"a parent that isn't there": child(scsi, 1, "", "[ssd-1] nowhere/x.vmdk"),
	} {
		task, err := s.reconfigure(vm, addFile(d))
		if f := failed(t, task, err); f == nil {
			t.Errorf("%s: no fault", name)
		} else if _, ok := f.(*types.InvalidDeviceSpec); !ok {
			t.Errorf("%s: %T", name, f)
		}
	}
	large := child(scsi, 1, "", "[ssd-1] a/a.vmdk")
	large.CapacityInKB = 2048
	task, err := s.reconfigure(vm, addFile(large))
	wants[*types.InvalidDeviceSpec](t, failed(t, task, err))
	task, err = s.reconfigure(vm, add(disk(scsi, 1, "[ssd-1] nowhere/x.vmdk", 1024)))
	wants[*types.FileNotFound](t, failed(t, task, err))
	task, err = s.reconfigure(vm, addFile(disk(scsi, 1, "[ssd-1] a/a.vmdk", 1024)))
	wants[*types.FileAlreadyExists](t, failed(t, task, err))
	if disks := s.props(vm, "config.hardware.device"); len(object.VirtualDeviceList(disks.Config.Hardware.Device).SelectByType((*types.VirtualDisk)(nil))) != 1 {
		t.Error("a refused disk stayed")
	}
}

func TestFifteenDisksFitOnAController(t *testing.T) {
	s := start(t).site()
	changes := []types.BaseVirtualDeviceConfigSpec{pvscsi()}
	for unit := int32(0); unit < 16; unit++ {
		if unit != 7 {
			changes = append(changes, addFile(disk(-1, unit, "", 1024)))
		}
	}
	vm := s.vm("a", withDevices(changes...))
	got := s.props(vm, "config.hardware.device", "layoutEx")
	disks := object.VirtualDeviceList(got.Config.Hardware.Device).SelectByType((*types.VirtualDisk)(nil))
	if len(disks) != 15 || len(got.LayoutEx.Disk) != 15 {
		t.Errorf("%d disks, %d in layoutEx", len(disks), len(got.LayoutEx.Disk))
	}
}

func TestAChainIsShownWholeAndGuarded(t *testing.T) {
	s := start(t).site()
	ctx := testContext(t)
	s.mkdir("[ssd-1] images")
	builder := s.vm("builder", withDevices(pvscsi(), addFile(disk(-1, 0, "[ssd-1] images/base.vmdk", 4096)), addFile(child(-1, 1, "[ssd-1] images/mid.vmdk", "[ssd-1] images/base.vmdk"))))
	s.reconfigureAway(builder)
	leaf := s.vm("leaf", withDevices(pvscsi(), addFile(child(-1, 0, "", "[ssd-1] images/mid.vmdk"))))
	d := s.firstDisk(leaf)
	b := d.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	if d.CapacityInKB != 4096 || b.FileName != "[ssd-1] leaf/leaf.vmdk" || b.Parent == nil || b.Parent.FileName != "[ssd-1] images/mid.vmdk" ||
		b.Parent.Parent == nil || b.Parent.Parent.FileName != "[ssd-1] images/base.vmdk" || b.Parent.Parent.Parent != nil {
		t.Fatalf("capacity %d, backing %+v", d.CapacityInKB, b)
	}
	if chain := s.props(leaf, "layoutEx").LayoutEx.Disk[0].Chain; len(chain) != 3 {
		t.Errorf("chain in layoutEx: %+v", chain)
	}

	// A parent of somebody's disk can't be opened to be written.
	writer := s.vm("writer", withDevices(pvscsi(), add(disk(-1, 0, "[ssd-1] images/mid.vmdk", 0))))
	task, err := writer.PowerOn(ctx)
	wants[*types.FileLocked](t, failed(t, task, err))
	s.on(leaf)
	files := object.NewFileManager(s.c.Client)
	task, err = files.DeleteDatastoreFile(ctx, "[ssd-1] images", s.dc)
	wants[*types.FileLocked](t, failed(t, task, err))
	task, err = leaf.PowerOff(ctx)
	done(t, task, err)

	// One disk, two machines that want it.
	second := s.vm("second", withDevices(pvscsi(), add(disk(-1, 0, "[ssd-1] leaf/leaf.vmdk", 0))))
	s.on(leaf)
	task, err = second.PowerOn(ctx)
	wants[*types.FileLocked](t, failed(t, task, err))
}

func (s *site) firstDisk(vm *object.VirtualMachine) *types.VirtualDisk {
	s.t.Helper()
	got := s.props(vm, "config.hardware.device")
	for _, d := range got.Config.Hardware.Device {
		if disk, ok := d.(*types.VirtualDisk); ok {
			return disk
		}
	}
	s.t.Fatal("no disk")
	return nil
}

// reconfigureAway detaches all disks.
func (s *site) reconfigureAway(vm *object.VirtualMachine) {
	s.t.Helper()
	var changes []types.BaseVirtualDeviceConfigSpec
	for _, d := range s.props(vm, "config.hardware.device").Config.Hardware.Device {
		if _, ok := d.(*types.VirtualDisk); ok {
			changes = append(changes, remove(d))
		}
	}
	task, err := s.reconfigure(vm, changes...)
	done(s.t, task, err)
}

func TestParentsGoWithTheirLastChild(t *testing.T) {
	for _, keep := range []bool{false, true} {
		r := start(t, func(o *Options) { o.Assume.KeepParents = keep })
		s := r.site()
		s.mkdir("[ssd-1] images")
		builder := s.vm("builder", withDevices(pvscsi(), addFile(disk(-1, 0, "[ssd-1] images/base.vmdk", 4096))))
		s.reconfigureAway(builder)
		base := filepath.Join(r.dir, "datastores", "ssd-1", "images", "base.vmdk")
		var children []*object.VirtualMachine
		for _, name := range []string{"one", "two"} {
			children = append(children, s.vm(name, withDevices(pvscsi(), addFile(child(-1, 0, "", "[ssd-1] images/base.vmdk")))))
		}
		for i, vm := range children {
			task, err := vm.Destroy(testContext(t))
			done(t, task, err)
			_, err = os.Stat(base)
			if gone := os.IsNotExist(err); gone != (i == 1 && !keep) {
				t.Errorf("keep %v: after child %d the base is gone: %v", keep, i, gone)
			}
		}
		if _, err := os.Stat(filepath.Join(r.dir, "datastores", "ssd-1", "one")); !os.IsNotExist(err) {
			t.Errorf("the VM's directory stayed: %v", err)
		}
	}
}

func TestDisksComeAndGoWhileOn(t *testing.T) {
	s := start(t).site()
	ctx := testContext(t)
	vm := s.vm("worker", withDevices(pvscsi()))
	s.on(vm)
	s.mkdir("[ssd-1] images")
	task, err := s.reconfigure(vm, addFile(disk(1000, 1, "[ssd-1] images/base.vmdk", 4096)))
	done(t, task, err)
	base := s.firstDisk(vm)
	// Detach and the next attach at the same place share a reconfigure.
	task, err = s.reconfigure(vm, remove(base), addFile(child(1000, 1, "[ssd-1] images/top.vmdk", "[ssd-1] images/base.vmdk")))
	done(t, task, err)
	files := object.NewFileManager(s.c.Client)
	task, err = files.DeleteDatastoreFile(ctx, "[ssd-1] images/base.vmdk", s.dc)
	wants[*types.FileLocked](t, failed(t, task, err))
	task, err = s.reconfigure(vm, remove(s.firstDisk(vm)))
	done(t, task, err)
	task, err = files.DeleteDatastoreFile(ctx, "[ssd-1] images/top.vmdk", s.dc)
	done(t, task, err)
	// What can't be changed while on.
	task, err = s.reconfigure(vm, add(serial("[ssd-1] worker/x.log")))
	wants[*types.InvalidPowerState](t, failed(t, task, err))
	task, err = vm.Reconfigure(ctx, types.VirtualMachineConfigSpec{NumCPUs: 2})
	wants[*types.InvalidPowerState](t, failed(t, task, err))
}

func TestAFailedCreationLeavesNothing(t *testing.T) {
	r := start(t)
	s := r.site()
	for _, change := range [][]types.BaseVirtualDeviceConfigSpec{
		{pvscsi(), addFile(disk(-1, 0, "", 1024)), addFile(disk(-1, 7, "", 1024))},
		{pvscsi(), addFile(disk(-1, 0, "", 1024)), add(nic(&types.VirtualEthernetCardNetworkBackingInfo{VirtualDeviceDeviceBackingInfo: types.VirtualDeviceDeviceBackingInfo{DeviceName: "nowhere"}}, ""))},
		{pvscsi(), addFile(disk(-1, 0, "", 1024)), addFile(child(-1, 1, "", "[ssd-1] nowhere/x.vmdk"))},
	} {
		task, err := s.folder.CreateVM(testContext(t), types.VirtualMachineConfigSpec{Name: "a", Files: &types.VirtualMachineFileInfo{VmPathName: "[ssd-1] a/a.vmx"}, DeviceChange: change}, s.pool, nil)
		wants[*types.InvalidDeviceSpec](t, failed(t, task, err))
	}
	if left, _ := os.ReadDir(filepath.Join(r.dir, "datastores", "ssd-1")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}
