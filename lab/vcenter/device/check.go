package device

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// check refuses a device that contradicts itself.
func (a *applier) check(i int, c *types.VirtualDeviceConfigSpec, d types.BaseVirtualDevice) error {
	if card := Card(d); card != nil {
		return a.checkCard(i, card)
	}
	switch x := d.(type) {
	case *types.VirtualDisk:
		return checkDisk(i, c, x)
	case *types.VirtualSerialPort:
		return checkSerial(i, x)
	case *types.VirtualCdrom:
		if b, ok := x.Backing.(*types.VirtualCdromIsoBackingInfo); ok && b.FileName == "" {
			return Invalid(i, "device.backing.fileName")
		}
		if x.Backing == nil {
			return Invalid(i, "device.backing")
		}
	default:
		if _, ok := BusOf(d); !ok && firstKey(d) == 13000 && c.Operation == types.VirtualDeviceConfigSpecOperationAdd && !extra(d) {
			return Invalid(i, "device")
		}
	}
	return nil
}

// extra are further devices that a request may add.
func extra(d types.BaseVirtualDevice) bool {
	switch d.(type) {
	case *types.VirtualMachineVMCIDevice, *types.VirtualMachineVideoCard, *types.VirtualUSBController,
		*types.VirtualUSBXHCIController, *types.VirtualTPM, *types.VirtualWDT, *types.VirtualHdAudioCard:
		return true
	}
	return false
}

func checkDisk(i int, c *types.VirtualDeviceConfigSpec, d *types.VirtualDisk) error {
	b, ok := BackingOf(d)
	switch {
	case !ok:
		return Invalid(i, "device.backing")
	case !validModes[b.Mode]:
		return Invalid(i, "device.backing.diskMode")
	case c.Operation != types.VirtualDeviceConfigSpecOperationAdd:
		return nil
	case c.FileOperation != "" && c.FileOperation != types.VirtualDeviceConfigSpecFileOperationCreate:
		return Invalid(i, "fileOperation")
	case c.FileOperation == "" && b.File == "":
		return Invalid(i, "device.backing.fileName")
	case c.FileOperation == "" && b.Parent != "":
		return Invalid(i, "device.backing.parent")
	case d.CapacityInKB < 0 || d.CapacityInBytes < 0:
		return Invalid(i, "device.capacityInKB")
	case c.FileOperation != "" && b.Parent == "" && d.CapacityInKB == 0 && d.CapacityInBytes == 0:
		return Invalid(i, "device.capacityInKB")
	}
	return nil
}

// checkCard checks the backing's kind and settles the MAC address.
func (a *applier) checkCard(i int, card *types.VirtualEthernetCard) error {
	switch card.Backing.(type) {
	case *types.VirtualEthernetCardNetworkBackingInfo, *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
	default:
		return Invalid(i, "device.backing")
	}
	switch strings.ToLower(card.AddressType) {
	case "manual":
		mac, err := net.ParseMAC(card.MacAddress)
		if err != nil || len(mac) != 6 || !manualRange(mac) {
			return Invalid(i, "device.macAddress")
		}
		card.MacAddress = mac.String()
	case "", "generated", "assigned":
		if card.MacAddress == "" {
			card.MacAddress = a.newMAC()
		}
		if card.AddressType == "" || card.AddressType == "generated" {
			card.AddressType = "assigned" // what vCenter, as opposed to a host, shows
		}
	default:
		return Invalid(i, "device.addressType")
	}
	if card.WakeOnLanEnabled == nil {
		card.WakeOnLanEnabled = types.NewBool(false)
	}
	return nil
}

// manualRange is VMware's block for addresses chosen by hand:
// 00:50:56:00:00:00 to 00:50:56:3F:FF:FF.
func manualRange(mac net.HardwareAddr) bool {
	return mac[0] == 0x00 && mac[1] == 0x50 && mac[2] == 0x56 && mac[3] <= 0x3f
}

// newMAC is one that no card of the machine has.
func (a *applier) newMAC() string {
	for {
		mac, taken := NewMAC(), false
		for _, d := range a.devices {
			if card := Card(d); card != nil && card.MacAddress == mac {
				taken = true
			}
		}
		if !taken {
			return mac
		}
	}
}

// NewMAC is one of the block that vCenter assigns from, 00:50:56:80 to :BF.
func NewMAC() string {
	n := rand.Uint32()
	return fmt.Sprintf("00:50:56:%02x:%02x:%02x", 0x80|byte(n>>16)&0x3f, byte(n>>8), byte(n))
}
