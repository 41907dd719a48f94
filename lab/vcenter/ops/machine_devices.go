package ops

import (
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/device"
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
