package vcenter

import (
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func unlimited() types.ResourceConfigSpec {
	a := types.ResourceAllocationInfo{Reservation: types.NewInt64(0), ExpandableReservation: types.NewBool(true), Limit: types.NewInt64(-1),
		Shares: &types.SharesInfo{Level: types.SharesLevelNormal}}
	return types.ResourceConfigSpec{CpuAllocation: a, MemoryAllocation: a}
}

func TestAContainerLivesAndExits(t *testing.T) {
	r := start(t)
	ctx := testContext(t)
	c := r.client()
	finder := find.NewFinder(c.Client)
	dc := must(finder.DefaultDatacenter(ctx))(t)
	finder.SetDatacenter(dc)
	pool := must(finder.ResourcePool(ctx, "Compute-1/Resources"))(t)
	folders := must(dc.Folders(ctx))(t)
	folder := must(folders.VmFolder.CreateFolder(ctx, "team.vch"))(t)
	app := must(pool.CreateVApp(ctx, "team.vch", unlimited(), types.VAppConfigSpec{Annotation: `{"vic":{}}`}, folder))(t)
	sw := must(finder.Network(ctx, "DVS-East"))(t).(*object.DistributedVirtualSwitch)
	task, err := sw.AddPortgroup(ctx, []types.DVPortgroupConfigSpec{{Name: "team.vch-bridge", Type: "ephemeral"}})
	done(t, task, err)
	pg := must(finder.Network(ctx, "team.vch-bridge"))(t)
	backing := must(pg.EthernetCardBackingInfo(ctx))(t)

	spec := types.VirtualMachineConfigSpec{
		Name: "web-1", NumCPUs: 1, MemoryMB: 512, GuestId: "otherGuest64",
		Files: &types.VirtualMachineFileInfo{VmPathName: "[ssd-1] web-1/web-1.vmx"},
		ExtraConfig: []types.BaseOptionValue{
			&types.OptionValue{Key: "guestinfo.vic.config", Value: `{"version":1,"role":"container","id":"x","hostname":"web-1","networks":[{"name":"bridge","mac":"00:50:56:01:02:03","address":"172.16.0.2/16"}],"process":{"args":["sh","-c","echo hi; exit 7"]},"log":{"port":"ttyS1"}}`},
			&types.OptionValue{Key: "guestinfo.vic.report", Value: "{}"},
		},
		DeviceChange: []types.BaseVirtualDeviceConfigSpec{
			add(&types.ParaVirtualSCSIController{VirtualSCSIController: types.VirtualSCSIController{
				SharedBus: types.VirtualSCSISharingNoSharing, VirtualController: types.VirtualController{VirtualDevice: types.VirtualDevice{Key: -1}}}}),
			addFile(disk(-1, 0, "[ssd-1] web-1/web-1.vmdk", 1<<20)),
			add(nic(backing, "00:50:56:01:02:03")),
			add(serial("")), add(serial("[ssd-1] web-1/web-1.log")),
		},
	}
	task, err = app.CreateChildVM(ctx, spec, nil)
	vm := object.NewVirtualMachine(c.Client, done(t, task, err).Result.(types.ManagedObjectReference))
	task, err = vm.PowerOn(ctx)
	done(t, task, err)
	// "exit 7" powers the guest off by itself.
	if err := vm.WaitForPowerState(ctx, types.VirtualMachinePowerStatePoweredOff); err != nil {
		t.Fatal(err)
	}
	var got mo.VirtualMachine
	pc := property.DefaultCollector(c.Client)
	if err := pc.RetrieveOne(ctx, vm.Reference(), []string{"name", "parent", "parentVApp", "config.extraConfig", "layoutEx", "network"}, &got); err != nil {
		t.Fatal(err)
	}
	if got.Parent != nil || got.ParentVApp == nil || *got.ParentVApp != app.Reference() {
		t.Errorf("parent %v, parentVApp %v", got.Parent, got.ParentVApp)
	}
	if len(got.Network) != 1 || got.Network[0] != pg.Reference() {
		t.Errorf("network %v", got.Network)
	}
	for _, o := range got.Config.ExtraConfig {
		t.Log(o.GetOptionValue().Key, o.GetOptionValue().Value)
	}
	task, err = vm.Destroy(ctx)
	done(t, task, err)
	task, err = app.Destroy(ctx)
	done(t, task, err)
	task, err = pg.(*object.DistributedVirtualPortgroup).Destroy(ctx)
	done(t, task, err)
	task, err = folder.Destroy(ctx)
	done(t, task, err)
}

func add(d types.BaseVirtualDevice) types.BaseVirtualDeviceConfigSpec {
	return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: d}
}

func addFile(d types.BaseVirtualDevice) types.BaseVirtualDeviceConfigSpec {
	return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, FileOperation: types.VirtualDeviceConfigSpecFileOperationCreate, Device: d}
}

// disk is a virtual disk at a unit of a controller.
func disk(controller, unit int32, file string, kb int64) *types.VirtualDisk {
	d := &types.VirtualDisk{CapacityInKB: kb}
	d.Key, d.ControllerKey, d.UnitNumber = -100-unit, controller, types.NewInt32(unit)
	d.Backing = &types.VirtualDiskFlatVer2BackingInfo{
		VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: file}, DiskMode: "persistent", ThinProvisioned: types.NewBool(true),
	}
	return d
}

func child(controller, unit int32, file, parent string) *types.VirtualDisk {
	d := disk(controller, unit, file, 0)
	d.Backing.(*types.VirtualDiskFlatVer2BackingInfo).Parent = &types.VirtualDiskFlatVer2BackingInfo{
		VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: parent}, DiskMode: "persistent",
	}
	return d
}

func nic(backing types.BaseVirtualDeviceBackingInfo, mac string) *types.VirtualVmxnet3 {
	d := &types.VirtualVmxnet3{}
	d.Key, d.Backing = -200, backing
	if mac != "" {
		d.AddressType, d.MacAddress = "manual", mac
	}
	return d
}

// serial is a serial port with a file, or one that leads to a vSPC.
func serial(file string) *types.VirtualSerialPort {
	d := &types.VirtualSerialPort{YieldOnPoll: true}
	if file == "" {
		d.Backing = &types.VirtualSerialPortURIBackingInfo{VirtualDeviceURIBackingInfo: types.VirtualDeviceURIBackingInfo{ServiceURI: "tcp://127.0.0.1:1", Direction: "client"}}
	} else {
		d.Backing = &types.VirtualSerialPortFileBackingInfo{VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: file}}
	}
	return d
}
