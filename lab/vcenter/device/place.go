package device

import (
	"github.com/vmware/govmomi/vim25/types"
)

// Keys of the controllers that every machine has.
const (
	pciKey = 100
	sioKey = 400
)

// place gives a device its controller and unit number, and refuses a place
// that isn't there or is taken.
func (a *applier) place(i int, d types.BaseVirtualDevice) error {
	v := d.GetVirtualDevice()
	switch d.(type) {
	case *types.VirtualDisk, *types.VirtualCdrom:
		return a.placeOnBus(i, d)
	case *types.VirtualSerialPort, *types.VirtualParallelPort, *types.VirtualFloppy:
		v.ControllerKey = sioKey
		return a.limit(i, d, 4)
	}
	if bus, ok := BusOf(d); ok {
		return a.placeController(i, d, bus)
	}
	if Card(d) != nil {
		if err := a.limit(i, d, 10); err != nil {
			return err
		}
		if v.ControllerKey == 0 {
			v.ControllerKey = pciKey
		}
		if v.UnitNumber == nil {
			v.UnitNumber = a.freeUnit(v.ControllerKey, 7, 32)
		}
	}
	return nil
}

func (a *applier) placeOnBus(i int, d types.BaseVirtualDevice) error {
	v := d.GetVirtualDevice()
	controller := Find(a.devices, v.ControllerKey)
	if v.ControllerKey == 0 || controller == nil {
		return Invalid(i, "device.controllerKey")
	}
	bus, ok := BusOf(controller)
	if !ok {
		return Invalid(i, "device.controllerKey")
	}
	if _, cdrom := d.(*types.VirtualCdrom); cdrom && bus.Name != "ide" && bus.Name != "sata" {
		return Invalid(i, "device.controllerKey")
	}
	if v.UnitNumber == nil {
		// vCenter refuses a disk without a unit number; a CD-ROM gets a free one.
		if _, disk := d.(*types.VirtualDisk); disk {
			return Invalid(i, "device.unitNumber")
		}
		v.UnitNumber = a.freeUnit(v.ControllerKey, 0, bus.Units)
	}
	if v.UnitNumber == nil || *v.UnitNumber < 0 || *v.UnitNumber >= bus.Units || *v.UnitNumber == bus.Reserved || a.taken(v.ControllerKey, *v.UnitNumber) {
		return Invalid(i, "device.unitNumber")
	}
	return nil
}

func (a *applier) placeController(i int, d types.BaseVirtualDevice, bus Bus) error {
	c, v := controllerOf(d), d.GetVirtualDevice()
	used := map[int32]bool{}
	count := 0
	for _, other := range a.devices {
		if b, ok := BusOf(other); ok && b.FirstKey == bus.FirstKey {
			used[controllerOf(other).BusNumber] = true
			count++
		}
	}
	if count >= bus.Max || used[c.BusNumber] || c.BusNumber < 0 || int(c.BusNumber) >= bus.Max {
		return Invalid(i, "device.busNumber")
	}
	if s, ok := d.(types.BaseVirtualSCSIController); ok {
		scsi := s.GetVirtualSCSIController()
		if scsi.SharedBus == "" {
			return Invalid(i, "device.sharedBus")
		}
		scsi.ScsiCtlrUnitNumber = bus.Reserved
	}
	c.Device = nil
	if bus.Name != "ide" {
		v.ControllerKey = pciKey
		v.UnitNumber = a.freeUnit(pciKey, 3, 7)
	}
	return nil
}

// limit refuses more than max devices of d's kind.
func (a *applier) limit(i int, d types.BaseVirtualDevice, max int) error {
	count := 0
	for _, other := range a.devices {
		if firstKey(other) == firstKey(d) {
			count++
		}
	}
	if count >= max {
		return Invalid(i, "device")
	}
	return nil
}

func (a *applier) taken(controller, unit int32) bool {
	for _, d := range a.devices {
		v := d.GetVirtualDevice()
		if v.ControllerKey == controller && v.UnitNumber != nil && *v.UnitNumber == unit {
			return true
		}
	}
	return false
}

func (a *applier) freeUnit(controller, from, to int32) *int32 {
	for u := from; u < to; u++ {
		if !a.taken(controller, u) {
			return &u
		}
	}
	return nil
}

// firstKey is where vCenter starts numbering devices of d's kind.
func firstKey(d types.BaseVirtualDevice) int32 {
	if bus, ok := BusOf(d); ok {
		return bus.FirstKey
	}
	switch d.(type) {
	case *types.VirtualDisk:
		return 2000
	case *types.VirtualCdrom:
		return 3000
	case *types.VirtualSerialPort:
		return 9000
	case *types.VirtualParallelPort:
		return 10000
	case *types.VirtualFloppy:
		return 8000
	}
	if Card(d) != nil {
		return 4000
	}
	return 13000
}

// keyFor gives a new device's key. A positive one that the client chose isn't
// kept by vCenter either, except where it is the natural one.
func (a *applier) keyFor(d types.BaseVirtualDevice, _ int32) int32 {
	first := firstKey(d)
	if v := d.GetVirtualDevice(); v.UnitNumber != nil {
		switch d.(type) {
		case *types.VirtualDisk, *types.VirtualCdrom:
			// Disk and CD-ROM keys follow their place: 2000 + 16*bus + unit.
			if c := Find(a.devices, v.ControllerKey); c != nil {
				if key := first + 16*int32(BusNumber(c)) + *v.UnitNumber; a.index(key) < 0 {
					return key
				}
			}
		}
	}
	if c := controllerOf(d); c != nil {
		if key := first + c.BusNumber; a.index(key) < 0 {
			return key
		}
	}
	for key := first; ; key++ {
		if a.index(key) < 0 {
			return key
		}
	}
}
