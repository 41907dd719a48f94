package fleet

import (
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// additions are the changes that give a new VM the devices of another one. What
// every VM has by itself is left out; own makes paths and addresses the new VM's.
func additions(devices []types.BaseVirtualDevice, own *strings.Replacer) (changes []types.BaseVirtualDeviceConfigSpec) {
	used := map[int32]bool{}
	for _, device := range devices {
		switch device.(type) {
		case *types.VirtualDisk, *types.VirtualCdrom:
			used[device.GetVirtualDevice().ControllerKey] = true
		}
	}
	for _, device := range devices {
		change := &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd}
		base := device.GetVirtualDevice()
		key, controller, unit := -1-base.Key, -1-base.ControllerKey, base.UnitNumber
		switch d := device.(type) {
		case *types.ParaVirtualSCSIController:
			change.Device = &types.ParaVirtualSCSIController{VirtualSCSIController: types.VirtualSCSIController{
				VirtualController: types.VirtualController{VirtualDevice: types.VirtualDevice{Key: key}, BusNumber: d.BusNumber},
				SharedBus:         d.SharedBus,
			}}
		case *types.VirtualIDEController:
			if !used[base.Key] {
				continue
			}
			change.Device = &types.VirtualIDEController{
				VirtualController: types.VirtualController{VirtualDevice: types.VirtualDevice{Key: key}, BusNumber: d.BusNumber},
			}
		case *types.VirtualDisk:
			change.FileOperation = types.VirtualDeviceConfigSpecFileOperationCreate
			change.Device = &types.VirtualDisk{VirtualDevice: types.VirtualDevice{
				Key: key, ControllerKey: controller, UnitNumber: unit, Backing: childOf(d, own),
			}}
		case *types.VirtualCdrom:
			change.Device = &types.VirtualCdrom{VirtualDevice: types.VirtualDevice{
				Key: key, ControllerKey: controller, UnitNumber: unit, Backing: base.Backing, Connectable: base.Connectable,
			}}
		case *types.VirtualVmxnet3:
			nic := &types.VirtualVmxnet3{}
			nic.Key, nic.Backing, nic.Connectable = key, base.Backing, base.Connectable
			nic.AddressType, nic.MacAddress = d.AddressType, own.Replace(d.MacAddress)
			change.Device = nic
		case *types.VirtualSerialPort:
			change.Device = &types.VirtualSerialPort{
				VirtualDevice: types.VirtualDevice{Key: key, Backing: lineOf(base.Backing, own), Connectable: base.Connectable},
				YieldOnPoll:   d.YieldOnPoll,
			}
		default:
			continue
		}
		changes = append(changes, change)
	}
	return changes
}

// childOf is a disk like another: a child of the same parent, in the new VM's directory.
func childOf(disk *types.VirtualDisk, own *strings.Replacer) types.BaseVirtualDeviceBackingInfo {
	flat, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	if !ok {
		return disk.Backing
	}
	child := &types.VirtualDiskFlatVer2BackingInfo{DiskMode: flat.DiskMode, ThinProvisioned: flat.ThinProvisioned}
	child.FileName = own.Replace(flat.FileName)
	if flat.Parent != nil {
		child.Parent = &types.VirtualDiskFlatVer2BackingInfo{DiskMode: flat.Parent.DiskMode}
		child.Parent.FileName = flat.Parent.FileName
	}
	return child
}

func lineOf(backing types.BaseVirtualDeviceBackingInfo, own *strings.Replacer) types.BaseVirtualDeviceBackingInfo {
	switch b := backing.(type) {
	case *types.VirtualSerialPortFileBackingInfo:
		file := &types.VirtualSerialPortFileBackingInfo{}
		file.FileName = own.Replace(b.FileName)
		return file
	case *types.VirtualSerialPortURIBackingInfo:
		line := *b
		line.ServiceURI = own.Replace(b.ServiceURI)
		return &line
	}
	return backing
}
