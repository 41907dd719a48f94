package ops

import (
	"path/filepath"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/device"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// guestMachine says to a driver what a VM's configuration means.
func (s *Service) guestMachine(vm *mo.VirtualMachine) (guest.Machine, error) {
	c := vm.Config
	p, host, err := s.hostPath(c.Files.VmPathName)
	if err != nil {
		return guest.Machine{}, err
	}
	if _, ok := s.exists(p.String()); !ok {
		return guest.Machine{}, fileFaultNotFound(p.String())
	}
	m := guest.Machine{
		ID: vm.Self.Value, Name: vm.Name, UUID: c.Uuid, InstanceUUID: c.InstanceUuid, CPUs: int(c.Hardware.NumCPU), MemoryMiB: int64(c.Hardware.MemoryMB),
		Firmware: c.Firmware, Dir: filepath.Dir(host), GuestInfo: map[string]string{}, GuestInfoBytes: s.guestInfoLimit(),
	}
	appendSerial := false
	for _, o := range c.ExtraConfig {
		v := o.GetOptionValue()
		text, _ := v.Value.(string)
		if strings.HasPrefix(v.Key, "guestinfo.") {
			m.GuestInfo[v.Key] = text
		}
		if v.Key == "answer.msg.serial.file.open" {
			appendSerial = strings.EqualFold(text, "Append")
		}
	}
	for _, d := range c.Hardware.Device {
		switch x := d.(type) {
		case *types.VirtualDisk:
			disk, err := s.guestDisk(c.Hardware.Device, x)
			if err != nil {
				return m, err
			}
			m.Disks = append(m.Disks, disk)
		case *types.VirtualCdrom:
			if b, ok := x.Backing.(*types.VirtualCdromIsoBackingInfo); ok && startConnected(x.Connectable) && m.CDROM == "" {
				iso, there := s.exists(b.FileName)
				switch {
				case there:
					m.CDROM = iso
				case s.Assumed().BootWithoutMedium:
					m.EmptyDrive = true
				default:
					return m, fileFaultNotFound(b.FileName)
				}
			}
		case *types.VirtualSerialPort:
			serial, err := s.guestSerial(x, len(m.Serials), appendSerial)
			if err != nil {
				return m, err
			}
			m.Serials = append(m.Serials, serial)
		default:
			if device.Card(d) != nil {
				m.NICs = append(m.NICs, s.guestNIC(d))
			}
		}
	}
	return m, nil
}

func fileFaultNotFound(file string) error { return diskFault(guest.ErrNoDisk, file) }

func startConnected(c *types.VirtualDeviceConnectInfo) bool { return c == nil || c.StartConnected }

func (s *Service) guestDisk(devices []types.BaseVirtualDevice, d *types.VirtualDisk) (guest.Disk, error) {
	b, _ := device.BackingOf(d)
	_, host, err := s.hostPath(b.File)
	if err != nil {
		return guest.Disk{}, err
	}
	disk := guest.Disk{Key: d.Key, Path: host, Mode: guest.DiskMode(b.Mode), CapacityBytes: d.CapacityInBytes, UUID: b.UUID}
	if controller := device.Find(devices, d.ControllerKey); controller != nil {
		bus, _ := device.BusOf(controller)
		disk.Controller, disk.Bus = bus.Name, device.BusNumber(controller)
	}
	if d.UnitNumber != nil {
		disk.Target = int(*d.UnitNumber)
	}
	return disk, nil
}

func (s *Service) guestSerial(d *types.VirtualSerialPort, index int, appendTo bool) (guest.Serial, error) {
	serial := guest.Serial{Index: index, Kind: guest.SerialNone, Append: appendTo, YieldOnPoll: d.YieldOnPoll}
	if !startConnected(d.Connectable) {
		return serial, nil
	}
	switch b := d.Backing.(type) {
	case *types.VirtualSerialPortFileBackingInfo:
		p, host, err := s.hostPath(b.FileName)
		if err != nil {
			return serial, err
		}
		if dir, ok := s.exists(p.Dir().String()); !ok || dir == "" {
			return serial, fileFaultNotFound(b.FileName)
		}
		serial.Kind, serial.Path = guest.SerialFile, host
		serial.Append = appendTo && !s.Assumed().TruncateSerialFiles
	case *types.VirtualSerialPortURIBackingInfo:
		serial.Kind, serial.URI, serial.ProxyURI, serial.Client = guest.SerialURI, b.ServiceURI, b.ProxyURI, b.Direction == "client"
		serial.NoRedial = s.Assumed().NoSerialRedial
	}
	return serial, nil
}

func (s *Service) guestNIC(d types.BaseVirtualDevice) guest.NIC {
	card := device.Card(d)
	nic := guest.NIC{Key: card.Key, MAC: strings.ToLower(card.MacAddress), Connected: startConnected(card.Connectable), Model: "vmxnet3"}
	switch d.(type) {
	case *types.VirtualE1000:
		nic.Model = "e1000"
	case *types.VirtualE1000e:
		nic.Model = "e1000e"
	case *types.VirtualPCNet32:
		nic.Model = "pcnet32"
	}
	s.Inv.View(func(r inventory.Reader) {
		switch b := card.Backing.(type) {
		case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
			if pg := portgroupByKey(r, b.Port.PortgroupKey); pg != nil {
				nic.Network, nic.NetworkName, nic.VLAN = pg.Self.Value, pg.Network.Name, vlanOf(pg)
			}
		case *types.VirtualEthernetCardNetworkBackingInfo:
			if b.Network != nil {
				nic.Network, nic.NetworkName = b.Network.Value, b.DeviceName
			}
		}
	})
	return nic
}

// serialClaims are the files of a machine's serial ports. Several machines may
// write one, so that nobody is kept from it but who would replace it.
func serialClaims(m guest.Machine) (claims []datastore.Claim) {
	for _, serial := range m.Serials {
		if serial.Kind == guest.SerialFile {
			claims = append(claims, datastore.Claim{Path: serial.Path})
		}
	}
	return claims
}
