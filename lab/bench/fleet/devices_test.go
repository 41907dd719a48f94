package fleet

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"
)

func flat(name string) types.VirtualDiskFlatVer2BackingInfo {
	info := types.VirtualDiskFlatVer2BackingInfo{DiskMode: "persistent"}
	info.FileName = name
	return info
}

func likeOf() *Template {
	backing, parent := flat("[ssd] aaa/aaa.vmdk"), flat("[ssd] images/top.vmdk")
	backing.Parent = &parent
	disk := &types.VirtualDisk{VirtualDevice: types.VirtualDevice{Key: 2000, ControllerKey: 1000, Backing: &backing}}
	scsi := &types.ParaVirtualSCSIController{}
	scsi.Key = 1000
	unused := &types.VirtualIDEController{}
	unused.Key = 200
	log := &types.VirtualSerialPortFileBackingInfo{}
	log.FileName = "[ssd] aaa/aaa.log"
	nic := &types.VirtualVmxnet3{}
	nic.Key, nic.MacAddress = 4000, "00:50:56:00:00:01"
	t := &Template{id: "aaa", mac: nic.MacAddress}
	t.config.Files.VmPathName = "[ssd] aaa/aaa.vmx"
	t.config.ExtraConfig = []types.BaseOptionValue{
		&types.OptionValue{Key: idKey, Value: "aaa"},
		&types.OptionValue{Key: reportKey, Value: `{"run":1,"state":"running"}`},
	}
	t.config.Hardware.Device = []types.BaseVirtualDevice{
		&types.VirtualMachineVideoCard{}, unused, scsi, disk, nic,
		&types.VirtualSerialPort{VirtualDevice: types.VirtualDevice{Key: 9000, Backing: log}},
	}
	return t
}

func TestMakesWhatEveryVMHasByItselfNotAgain(t *testing.T) {
	var kinds []string
	for _, change := range likeOf().Spec(MachineOf("b", "b")).DeviceChange {
		kinds = append(kinds, strings.TrimPrefix(fmt.Sprintf("%T", change.GetVirtualDeviceConfigSpec().Device), "*types."))
	}
	want := []string{"ParaVirtualSCSIController", "VirtualDisk", "VirtualVmxnet3", "VirtualSerialPort"}
	if !slices.Equal(kinds, want) {
		t.Errorf("added %v, not %v", kinds, want)
	}
}

func TestMakesAChildOfTheSameDiskInADirectoryOfItsOwn(t *testing.T) {
	m := MachineOf("b", "b")
	spec := likeOf().Spec(m)
	if want := "[ssd] " + m.ID + "/" + m.ID + ".vmx"; spec.Files.VmPathName != want {
		t.Errorf("made at %s, not at %s", spec.Files.VmPathName, want)
	}
	disk := spec.DeviceChange[1].GetVirtualDeviceConfigSpec()
	backing := disk.Device.GetVirtualDevice().Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	if backing.FileName != "[ssd] "+m.ID+"/"+m.ID+".vmdk" || backing.Parent.FileName != "[ssd] images/top.vmdk" {
		t.Errorf("disk %s, child of %s", backing.FileName, backing.Parent.FileName)
	}
	controller := spec.DeviceChange[0].GetVirtualDeviceConfigSpec().Device.GetVirtualDevice().Key
	if controller >= 0 || disk.Device.GetVirtualDevice().ControllerKey != controller {
		t.Errorf("the disk is at controller %d of %d", disk.Device.GetVirtualDevice().ControllerKey, controller)
	}
}

func TestTakesNoIdentityAndNoReportAlong(t *testing.T) {
	m := MachineOf("b", "b")
	spec := likeOf().Spec(m)
	for _, option := range spec.ExtraConfig {
		o := option.GetOptionValue()
		if o.Key == idKey && o.Value != m.ID || o.Key == reportKey && o.Value != noReport {
			t.Errorf("%s is %v", o.Key, o.Value)
		}
	}
	if other := MachineOf("b", "c"); other.ID == m.ID || other.UUID == m.UUID || other.InstanceUUID == m.InstanceUUID {
		t.Errorf("two machines of one identity: %v, %v", m, other)
	}
}
