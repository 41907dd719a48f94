// Package device knows what a virtual machine's devices may look like: which
// controllers there are, which unit numbers they have, and how a list of
// changes is applied to a list of devices. It touches no file.
package device

import "github.com/vmware/govmomi/vim25/types"

// Bus describes a kind of disk controller.
type Bus struct {
	Name     string // as guest.Disk.Controller
	Units    int32  // unit numbers 0…Units-1
	Reserved int32  // the controller's own unit number, or -1
	Max      int    // controllers of this kind per machine
	FirstKey int32  // key of the first one, as vCenter numbers them
}

var (
	scsi = func(name string) Bus { return Bus{name, 16, 7, 4, 1000} }
	ide  = Bus{"ide", 2, -1, 2, 200}
	sata = Bus{"sata", 30, -1, 4, 15000}
	nvme = Bus{"nvme", 15, -1, 4, 31000}
)

// BusOf gives the bus of a disk controller; ok is false for other devices.
func BusOf(d types.BaseVirtualDevice) (Bus, bool) {
	switch d.(type) {
	case *types.ParaVirtualSCSIController:
		return scsi("pvscsi"), true
	case *types.VirtualLsiLogicSASController:
		return scsi("lsisas"), true
	case *types.VirtualLsiLogicController:
		return scsi("lsilogic"), true
	case *types.VirtualBusLogicController:
		return scsi("buslogic"), true
	case *types.VirtualIDEController:
		return ide, true
	case *types.VirtualAHCIController, *types.VirtualSATAController:
		return sata, true
	case *types.VirtualNVMEController:
		return nvme, true
	}
	return Bus{}, false
}

// controllerOf gives the controller part of d, or nil.
func controllerOf(d types.BaseVirtualDevice) *types.VirtualController {
	if c, ok := d.(types.BaseVirtualController); ok {
		return c.GetVirtualController()
	}
	return nil
}

// BusNumber is a controller's bus number.
func BusNumber(d types.BaseVirtualDevice) int {
	if c := controllerOf(d); c != nil {
		return int(c.BusNumber)
	}
	return 0
}

// Find gives the device with that key, or nil.
func Find(devices []types.BaseVirtualDevice, key int32) types.BaseVirtualDevice {
	for _, d := range devices {
		if d.GetVirtualDevice().Key == key {
			return d
		}
	}
	return nil
}

// Disks gives the virtual disks among devices.
func Disks(devices []types.BaseVirtualDevice) (disks []*types.VirtualDisk) {
	for _, d := range devices {
		if disk, ok := d.(*types.VirtualDisk); ok {
			disks = append(disks, disk)
		}
	}
	return disks
}

// Card gives the network card part of d, or nil.
func Card(d types.BaseVirtualDevice) *types.VirtualEthernetCard {
	if c, ok := d.(types.BaseVirtualEthernetCard); ok {
		return c.GetVirtualEthernetCard()
	}
	return nil
}

// FileBacking gives the file part of a device's backing, or nil.
func FileBacking(d types.BaseVirtualDevice) *types.VirtualDeviceFileBackingInfo {
	if b, ok := d.GetVirtualDevice().Backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
		return b.GetVirtualDeviceFileBackingInfo()
	}
	return nil
}
