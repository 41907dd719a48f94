package ops

import (
	"errors"
	"path"
	"strconv"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/device"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vmdk"
)

// configWork applies device changes to a configuration and does to files what
// they ask for; what it creates can be undone.
type configWork struct {
	s    *Service
	vmx  home
	undo *undoLog

	attached, detached []*types.VirtualDisk
	nics               []types.BaseVirtualDevice
	destroy            []string // disks to delete once the change is committed
}

func (w *configWork) devices(config *types.VirtualMachineConfigInfo, changes []types.BaseVirtualDeviceConfigSpec) error {
	if err := w.s.checkChanges(config.Hardware.Device, changes); err != nil {
		return err
	}
	devices, actions, err := device.Apply(config.Hardware.Device, changes)
	if err != nil {
		return err
	}
	for _, a := range actions {
		if err := w.act(a); err != nil {
			return err
		}
	}
	config.Hardware.Device = devices
	return nil
}

// checkChanges refuses what servers refuse that are assumed to be stricter.
func (s *Service) checkChanges(have []types.BaseVirtualDevice, changes []types.BaseVirtualDeviceConfigSpec) error {
	a := s.Assumed()
	removes := false
	for i, c := range changes {
		spec := c.GetVirtualDeviceConfigSpec()
		disk, isDisk := spec.Device.(*types.VirtualDisk)
		switch {
		case spec.Operation == types.VirtualDeviceConfigSpecOperationRemove:
			removes = removes || isDisk
			if there := device.Find(have, spec.Device.GetVirtualDevice().Key); a.WholeDevices && there != nil && isDisk && !isWhole(disk) {
				return device.Invalid(i, "device.backing")
			}
		case isDisk && removes && a.NoSwap:
			return device.Invalid(i, "device")
		}
	}
	return nil
}

func isWhole(disk *types.VirtualDisk) bool {
	b, ok := device.BackingOf(disk)
	return ok && b.File != "" && (disk.CapacityInKB > 0 || disk.CapacityInBytes > 0)
}

func (w *configWork) act(a device.Action) error {
	if card := device.Card(a.Device); card != nil && a.Operation != types.VirtualDeviceConfigSpecOperationRemove {
		if w.s.Assumed().OwnMacs && a.Operation == types.VirtualDeviceConfigSpecOperationAdd {
			card.MacAddress, card.AddressType = device.NewMAC(), "assigned"
		}
		w.nics = append(w.nics, a.Device)
		return w.s.checkNetwork(a)
	}
	disk, ok := a.Device.(*types.VirtualDisk)
	if !ok {
		return w.checkFile(a)
	}
	switch a.Operation {
	case types.VirtualDeviceConfigSpecOperationAdd:
		w.attached = append(w.attached, disk)
		return w.addDisk(a, disk)
	case types.VirtualDeviceConfigSpecOperationRemove:
		w.detached = append(w.detached, disk)
		if b, _ := device.BackingOf(disk); a.FileOperation != "" {
			w.destroy = append(w.destroy, b.File)
		}
	}
	return nil
}

// checkFile refuses files of other devices whose datastore isn't there.
// Whether the file itself is there matters at power-on.
func (w *configWork) checkFile(a device.Action) error {
	b := device.FileBacking(a.Device)
	if b == nil || a.Operation == types.VirtualDeviceConfigSpecOperationRemove || b.FileName == "" {
		return nil
	}
	p, err := datastore.ParsePath(b.FileName)
	if err != nil {
		return device.Invalid(a.Index, "device.backing.fileName")
	}
	ds, err := w.s.datastoreNamed(p.Datastore)
	if err != nil {
		return err
	}
	if b.Datastore != nil && *b.Datastore != ds.Self {
		return device.Invalid(a.Index, "device.backing.datastore")
	}
	b.Datastore = &ds.Self
	return nil
}

// addDisk creates the disk's file, or looks at the one that is attached.
func (w *configWork) addDisk(a device.Action, disk *types.VirtualDisk) error {
	b, _ := device.BackingOf(disk)
	p, err := w.diskPath(b.File)
	if err != nil {
		return err
	}
	ds, err := w.s.datastoreNamed(p.Datastore)
	if err != nil {
		return err
	}
	host := p.Host(w.s.datastoreDir(ds))
	if disk.CapacityInKB == 0 && disk.CapacityInBytes == 0 && w.s.Assumed().CapacityRequired {
		return device.Invalid(a.Index, "device.capacityInKB")
	}
	if a.FileOperation != "" {
		if err := w.createDisk(a, disk, b, p, host); err != nil {
			return err
		}
	}
	chain, capacity, err := w.s.readChain(p.String())
	if err != nil {
		return err
	}
	disk.CapacityInBytes, disk.CapacityInKB = capacity, capacity/1024
	if disk.DiskObjectId = ""; disk.Shares == nil {
		disk.Shares = &types.SharesInfo{Level: types.SharesLevelNormal, Shares: 1000}
	}
	if disk.StorageIOAllocation == nil {
		disk.StorageIOAllocation = &types.StorageIOAllocationInfo{Limit: types.NewInt64(-1), Shares: disk.Shares}
	}
	disk.DeviceInfo.GetDescription().Summary = strconv.FormatInt(disk.CapacityInKB, 10) + " KB"
	device.SetChain(disk, ds.Self, b.Mode, b.Thin, chain)
	return nil
}

// diskPath is where a disk goes: "[ds]" and "" mean the VM's own directory.
func (w *configWork) diskPath(file string) (datastore.Path, error) {
	var p datastore.Path
	if file != "" {
		var err error
		if p, err = datastore.ParsePath(file); err != nil {
			return p, err
		}
		if p.File != "" {
			return p, nil
		}
	}
	dir := w.vmx.vmx.Dir()
	if p.Datastore != "" && p.Datastore != dir.Datastore {
		dir.Datastore = p.Datastore
	}
	base := path.Base(w.vmx.vmx.File)
	base = base[:len(base)-len(path.Ext(base))]
	for i := 0; ; i++ {
		name := base + ".vmdk"
		if i > 0 {
			name = base + "_" + strconv.Itoa(i) + ".vmdk"
		}
		host, err := w.s.host(dir.Join(name))
		if err != nil {
			return p, err
		}
		if _, err := w.s.Disks.Info(host); errors.Is(err, guest.ErrNoDisk) {
			return dir.Join(name), nil
		}
	}
}

func (w *configWork) createDisk(a device.Action, disk *types.VirtualDisk, b device.Backing, p datastore.Path, host string) error {
	var err error
	if b.Parent != "" {
		_, parent, bad := w.s.hostPath(b.Parent)
		if bad != nil {
			return device.Invalid(a.Index, "device.backing.parent.fileName")
		}
		if err = w.s.Disks.CreateChild(host, parent); errors.Is(err, guest.ErrNoDisk) {
			return device.Invalid(a.Index, "device.backing.parent.fileName")
		}
	} else {
		capacity := disk.CapacityInBytes
		if capacity == 0 {
			capacity = disk.CapacityInKB * 1024
		}
		if capacity <= 0 {
			return device.Invalid(a.Index, "device.capacityInKB")
		}
		err = w.s.Disks.Create(host, capacity)
	}
	if err != nil {
		return diskFault(err, p.String())
	}
	w.undo.add(func() { _ = w.s.Disks.Delete(host) })
	return nil
}

func diskFault(err error, file string) error {
	switch {
	case errors.Is(err, vmdk.ErrInUse):
		return lockedFault(file)
	case errors.Is(err, guest.ErrDiskExists):
		return fault.New(&types.FileAlreadyExists{FileFault: types.FileFault{File: file}})
	case errors.Is(err, guest.ErrNoDisk):
		return fault.New(&types.FileNotFound{FileFault: types.FileFault{File: file}})
	case errors.Is(err, guest.ErrNotADisk):
		return fault.Newf(&types.InvalidDiskFormat{}, "The file %s is not a virtual disk", file)
	}
	return fileFault(err, file)
}

// readChain reads a disk's chain, the leaf first, and its capacity.
func (s *Service) readChain(file string) (chain []device.Link, capacity int64, err error) {
	_, host, err := s.hostPath(file)
	if err != nil {
		return nil, 0, err
	}
	for depth := 0; host != ""; depth++ {
		info, err := s.Disks.Info(host)
		if err != nil {
			return nil, 0, diskFault(err, file)
		}
		if depth == 0 {
			capacity = info.CapacityBytes
		}
		if depth >= maxChain {
			return nil, 0, fault.Newf(&types.InvalidDiskFormat{}, "The chain of %s is longer than %d disks", file, maxChain)
		}
		id := info.UUID
		if id == "" {
			id = uuid.NewSHA1(uuid.NameSpaceURL, []byte(host)).String()
		}
		chain = append(chain, device.Link{File: file, UUID: id})
		if host = info.Parent; host != "" {
			file = s.datastorePath(host)
		}
	}
	return chain, capacity, nil
}

// maxChain is the longest chain of disks that vSphere supports.
const maxChain = 32

// checkNetwork refuses NICs on networks that aren't there, and fills in what
// vCenter shows.
func (s *Service) checkNetwork(a device.Action) (err error) {
	card := device.Card(a.Device)
	s.Inv.View(func(r inventory.Reader) {
		switch b := card.Backing.(type) {
		case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
			pg := portgroupByKey(r, b.Port.PortgroupKey)
			if pg == nil || switchUUID(r, pg) != b.Port.SwitchUuid {
				err = device.Invalid(a.Index, "device.backing.port")
				return
			}
			if pg.Config.Uplink != nil && *pg.Config.Uplink {
				err = device.Invalid(a.Index, "device.backing.port.portgroupKey")
				return
			}
			if s.Assumed().FixedPorts && len(pg.Vm) >= int(pg.Config.NumPorts) {
				err = fault.Newf(&types.ResourceNotAvailable{ContainerType: pg.Self.Type, ContainerName: pg.Network.Name, Type: "DVPort"},
					"No free port is available in port group %s", pg.Network.Name)
				return
			}
			if b.Port.PortKey == "" {
				b.Port.PortKey = strconv.Itoa(int(card.Key)) + "-" + pg.Key
			}
		case *types.VirtualEthernetCardNetworkBackingInfo:
			network := networkFor(r, b)
			if network == nil {
				err = device.Invalid(a.Index, "device.backing.deviceName")
				return
			}
			b.DeviceName, b.Network = network.Name, &network.Self
		}
	})
	return err
}

func networkFor(r inventory.Reader, b *types.VirtualEthernetCardNetworkBackingInfo) (found *mo.Network) {
	if b.Network != nil {
		n, _ := r.Lookup(*b.Network).(*mo.Network)
		if n != nil && b.DeviceName != "" && b.DeviceName != n.Name {
			return nil
		}
		return n
	}
	for n := range inventory.All[mo.Network](r) {
		if n.Name == b.DeviceName {
			found = n
		}
	}
	return found
}
