package device

import (
	"fmt"

	"github.com/vmware/govmomi/vim25/types"
)

// describe fills in the label that people see, and connection defaults.
func describe(d types.BaseVirtualDevice, all []types.BaseVirtualDevice) {
	v := d.GetVirtualDevice()
	number, first := 0, firstKey(d)
	for _, other := range all {
		if firstKey(other) == first {
			number++
		}
	}
	label, summary := "", ""
	switch x := d.(type) {
	case *types.VirtualDisk:
		label, summary = fmt.Sprintf("Hard disk %d", number), fmt.Sprintf("%d KB", x.CapacityInKB)
	case *types.VirtualCdrom:
		label, summary = fmt.Sprintf("CD/DVD drive %d", number), "ISO"
		connectable(v)
	case *types.VirtualSerialPort:
		label, summary = fmt.Sprintf("Serial port %d", number), "Serial port"
		connectable(v)
	default:
		if bus, ok := BusOf(d); ok {
			label = fmt.Sprintf("%s controller %d", bus.Name, BusNumber(d))
			summary = label
			if bus.Reserved >= 0 {
				label = fmt.Sprintf("SCSI controller %d", BusNumber(d))
			}
		} else if Card(d) != nil {
			label, summary = fmt.Sprintf("Network adapter %d", number), "Network"
			connectable(v)
		} else {
			label, summary = "Device", "Device"
		}
	}
	v.DeviceInfo = &types.Description{Label: label, Summary: summary}
}

func connectable(v *types.VirtualDevice) {
	if v.Connectable == nil {
		v.Connectable = &types.VirtualDeviceConnectInfo{StartConnected: true, AllowGuestControl: true}
	}
	v.Connectable.Connected = false
	if v.Connectable.Status == "" {
		v.Connectable.Status = string(types.VirtualDeviceConnectInfoStatusUntried)
	}
}
