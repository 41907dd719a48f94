package ops

import (
	"net/netip"
	"path/filepath"
	"strings"
	"time"

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
		Firmware: c.Firmware, Dir: filepath.Dir(host), GuestInfo: map[string]string{},
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

// resetGuest is what is known of a guest that isn't there.
func resetGuest(vm *mo.VirtualMachine) {
	vm.Guest = &types.GuestInfo{
		ToolsStatus: types.VirtualMachineToolsStatusToolsNotInstalled, ToolsVersionStatus: string(types.VirtualMachineToolsVersionStatusGuestToolsNotInstalled),
		ToolsVersionStatus2: string(types.VirtualMachineToolsVersionStatusGuestToolsNotInstalled),
		ToolsRunningStatus:  string(types.VirtualMachineToolsRunningStatusGuestToolsNotRunning), ToolsVersion: "0", GuestState: "notRunning",
		GuestOperationsReady: types.NewBool(false), InteractiveGuestOperationsReady: types.NewBool(false), GuestStateChangeSupported: types.NewBool(false),
	}
	if isOn(vm) {
		vm.Guest.GuestState = "running"
	}
	vm.GuestHeartbeatStatus = types.ManagedEntityStatusGray
}

// runEvents takes what a driver reports of one run of one VM.
type runEvents struct {
	s      *Service
	ref    Ref
	number int
	since  time.Time
}

// current says whether the run still goes on.
func (e *runEvents) current(id string) bool {
	run := e.s.machines.get(id)
	return id == e.ref.Value && run != nil && run.number == e.number
}

// later does work at once, or so many milliseconds later where vCenter hears of
// guests late; always in the order of one key, and not while the VM's host is
// away.
func (e *runEvents) later(key string, ms int, work func()) {
	turn := e.s.heard.Join(key)
	wait := func() {
		turn.Wait(e.s.ctx)
		e.s.hosts.wait(e.s.ctx, e.ref, e.s.hostOf)
		work()
		turn.Leave()
	}
	if ms <= 0 && turn.First() && !e.s.hosts.away(e.s.hostOf(e.ref)) {
		work()
		turn.Leave()
		return
	}
	time.AfterFunc(time.Duration(max(ms, 0))*time.Millisecond, wait)
}

// setByGuest sets a key that the guest wrote, unless there is no room for it:
// a host then refuses the guest's request (VMware KB 52578).
func (s *Service) setByGuest(vm *mo.VirtualMachine, key, value string) error {
	set := setKey(append([]types.BaseOptionValue(nil), vm.Config.ExtraConfig...), key, value)
	if guestInfoSize(set) > s.guestInfoLimit() {
		s.Log.Warn("no room for what a guest wrote", "vm", vm.Name, "key", key, "bytes", len(value))
		return nil
	}
	vm.Config.ExtraConfig = set
	if s.Assumed().SteadyChangeVersion {
		vm.Config.Modified = time.Now().UTC()
	} else {
		touchConfig(vm)
	}
	return nil
}

// guestInfoLimit is tools.setInfo.sizeLimit, by default 1 MiB.
func (s *Service) guestInfoLimit() int {
	if limit := s.Assumed().GuestInfoBytes; limit > 0 {
		return limit
	}
	return 1 << 20
}

func guestInfoSize(options []types.BaseOptionValue) (bytes int) {
	for _, o := range options {
		if v := o.GetOptionValue(); strings.HasPrefix(v.Key, "guestinfo.") {
			text, _ := v.Value.(string)
			bytes += len(v.Key) + len(text)
		}
	}
	return bytes
}

// GuestInfo implements guest.Events.
func (e *runEvents) GuestInfo(id, key, value string) {
	if !e.current(id) || !strings.HasPrefix(key, "guestinfo.") {
		return
	}
	e.later(id, e.s.Assumed().GuestLagMs, func() {
		_ = e.s.editMachine(e.ref, func(_ *inventory.Tx, vm *mo.VirtualMachine) error {
			return e.s.setByGuest(vm, key, value)
		})
	})
}

// Guest implements guest.Events.
func (e *runEvents) Guest(id string, st guest.State) {
	if !e.current(id) {
		return
	}
	a := e.s.Assumed()
	if a.NoTools {
		return
	}
	wait := max(a.GuestLagMs, a.ToolsDelayMs-int(time.Since(e.since).Milliseconds()))
	e.later(id+" tools", wait, func() {
		_ = e.s.editMachine(e.ref, func(_ *inventory.Tx, vm *mo.VirtualMachine) error {
			if !e.current(id) {
				return nil
			}
			applyState(vm, st, e.s)
			summarize(vm)
			return nil
		})
	})
}

func applyState(vm *mo.VirtualMachine, st guest.State, s *Service) {
	g := vm.Guest
	g.GuestState = "running"
	g.ToolsRunningStatus, g.ToolsStatus = string(types.VirtualMachineToolsRunningStatusGuestToolsNotRunning), types.VirtualMachineToolsStatusToolsNotRunning
	if st.ToolsRunning {
		g.ToolsRunningStatus, g.ToolsStatus = string(types.VirtualMachineToolsRunningStatusGuestToolsRunning), types.VirtualMachineToolsStatusToolsOk
		g.ToolsVersionStatus = string(types.VirtualMachineToolsVersionStatusGuestToolsUnmanaged)
		g.ToolsVersionStatus2 = g.ToolsVersionStatus
	}
	g.GuestStateChangeSupported = types.NewBool(st.ToolsRunning)
	if st.ToolsVersion != "" {
		g.ToolsVersion = st.ToolsVersion
	}
	g.HostName, g.IpAddress, g.GuestFamily, g.GuestFullName = st.HostName, st.IPAddress, st.Family, st.FullName
	g.Net = nil
	for _, nic := range st.NICs {
		g.Net = append(g.Net, guestNet(vm, nic, s))
	}
	if vm.GuestHeartbeatStatus = types.ManagedEntityStatusGray; st.Heartbeat {
		vm.GuestHeartbeatStatus = types.ManagedEntityStatusGreen
	}
}

// guestNet shows a NIC's addresses at the card that has its MAC address.
func guestNet(vm *mo.VirtualMachine, nic guest.NICState, s *Service) types.GuestNicInfo {
	info := types.GuestNicInfo{MacAddress: strings.ToLower(nic.MAC), Connected: true, DeviceConfigId: -1, IpConfig: &types.NetIpConfigInfo{}}
	for _, d := range vm.Config.Hardware.Device {
		if card := device.Card(d); card != nil && strings.EqualFold(card.MacAddress, nic.MAC) {
			info.DeviceConfigId = card.Key
			if b, ok := card.Backing.(*types.VirtualEthernetCardNetworkBackingInfo); ok {
				info.Network = b.DeviceName
			}
		}
	}
	for _, text := range nic.Addresses {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			continue
		}
		info.IpAddress = append(info.IpAddress, prefix.Addr().String())
		info.IpConfig.IpAddress = append(info.IpConfig.IpAddress, types.NetIpConfigInfoIpAddress{
			IpAddress: prefix.Addr().String(), PrefixLength: int32(prefix.Bits()), State: "preferred"})
	}
	return info
}

// PoweredOff implements guest.Events. It waits for its turn: a task may be at
// work on the VM.
func (e *runEvents) PoweredOff(id string, reason error) {
	if !e.current(id) {
		return
	}
	if reason != nil {
		e.s.Log.Warn("guest died", "vm", id, "error", reason)
	}
	e.later(id, e.s.Assumed().GuestLagMs, func() {
		turn := e.s.Tasks.Queues().Join(id)
		go func() {
			defer turn.Leave()
			turn.Wait(e.s.ctx)
			if e.current(id) {
				_ = e.s.runEnded(e.ref, reason == nil)
			}
		}()
	})
}

// Reset implements guest.Events.
func (e *runEvents) Reset(id string) {
	if !e.current(id) {
		return
	}
	_ = e.s.editMachine(e.ref, func(tx *inventory.Tx, vm *mo.VirtualMachine) error {
		now := time.Now()
		vm.Runtime.BootTime = &now
		resetGuest(vm)
		summarize(vm)
		e.s.events.vm(tx, &types.VmResettingEvent{}, vm)
		return nil
	})
}

var _ guest.Events = (*runEvents)(nil)

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
