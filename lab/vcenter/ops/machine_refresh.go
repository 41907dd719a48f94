package ops

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/device"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// refresh derives a VM's other properties from its configuration, run state
// and files. vm is being edited.
func (s *Service) refresh(r inventory.Reader, vm *mo.VirtualMachine) {
	names := map[string]*mo.Datastore{}
	for ds := range inventory.All[mo.Datastore](r) {
		names[ds.Name] = ds
	}
	vm.Datastore = usedDatastores(names, vm)
	vm.Network = usedNetworks(r, vm)
	s.layout(names, vm)
	self := vm.Self
	vm.ResourceConfig = &types.ResourceConfigSpec{Entity: &self, ChangeVersion: vm.Config.ChangeVersion,
		CpuAllocation: *vm.Config.CpuAllocation, MemoryAllocation: *vm.Config.MemoryAllocation}
	summarize(vm)
}

// summarize keeps summary in step; it touches no file.
func summarize(vm *mo.VirtualMachine) {
	self := vm.Self
	c := vm.Config
	disks, cards := 0, 0
	for _, d := range c.Hardware.Device {
		if _, ok := d.(*types.VirtualDisk); ok {
			disks++
		} else if device.Card(d) != nil {
			cards++
		}
	}
	vm.Summary.Vm = &self
	vm.Summary.Runtime = inventory.DeepCopy(vm.Runtime)
	vm.Summary.OverallStatus = vm.OverallStatus
	vm.Summary.QuickStats.GuestHeartbeatStatus = vm.GuestHeartbeatStatus
	vm.Summary.CustomValue = vm.CustomValue
	vm.Summary.Config = types.VirtualMachineConfigSummary{
		Name: c.Name, VmPathName: c.Files.VmPathName, MemorySizeMB: c.Hardware.MemoryMB, NumCpu: c.Hardware.NumCPU,
		NumEthernetCards: int32(cards), NumVirtualDisks: int32(disks), Uuid: c.Uuid, InstanceUuid: c.InstanceUuid, GuestId: c.GuestId,
		GuestFullName: c.GuestFullName, Template: c.Template, Annotation: c.Annotation, ManagedBy: c.ManagedBy, InstallBootRequired: types.NewBool(false),
		TpmPresent: types.NewBool(false), HwVersion: c.Version,
	}
	if g := vm.Guest; g != nil {
		vm.Summary.Guest = &types.VirtualMachineGuestSummary{
			GuestId: g.GuestId, GuestFullName: g.GuestFullName, ToolsStatus: g.ToolsStatus, ToolsVersionStatus: g.ToolsVersionStatus,
			ToolsVersionStatus2: g.ToolsVersionStatus2, ToolsRunningStatus: g.ToolsRunningStatus, HostName: g.HostName, IpAddress: g.IpAddress,
		}
	}
}

func usedDatastores(names map[string]*mo.Datastore, vm *mo.VirtualMachine) (refs []Ref) {
	add := func(file string) {
		if p, err := datastore.ParsePath(file); err == nil && names[p.Datastore] != nil && !slices.Contains(refs, names[p.Datastore].Self) {
			refs = append(refs, names[p.Datastore].Self)
		}
	}
	add(vm.Config.Files.VmPathName)
	for _, disk := range device.Disks(vm.Config.Hardware.Device) {
		for _, file := range device.Chain(disk) {
			add(file)
		}
	}
	return refs
}

func usedNetworks(r inventory.Reader, vm *mo.VirtualMachine) (refs []Ref) {
	for _, d := range vm.Config.Hardware.Device {
		card := device.Card(d)
		if card == nil {
			continue
		}
		var ref *Ref
		switch b := card.Backing.(type) {
		case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
			if pg := portgroupByKey(r, b.Port.PortgroupKey); pg != nil {
				ref = &pg.Self
			}
		case *types.VirtualEthernetCardNetworkBackingInfo:
			ref = b.Network
		}
		if ref != nil && !slices.Contains(refs, *ref) {
			refs = append(refs, *ref)
		}
	}
	return refs
}

// layout lists the VM's files: its own, and the whole chain of each disk.
func (s *Service) layout(names map[string]*mo.Datastore, vm *mo.VirtualMachine) {
	l := &types.VirtualMachineFileLayoutEx{Timestamp: time.Now()}
	var committed int64
	add := func(file, kind string) int32 {
		key := int32(len(l.File))
		info := types.VirtualMachineFileLayoutExFileInfo{Key: key, Name: file, Type: kind, Accessible: types.NewBool(true)}
		if p, err := datastore.ParsePath(file); err == nil && names[p.Datastore] != nil {
			if st, err := os.Stat(p.Host(s.datastoreDir(names[p.Datastore]))); err == nil {
				info.Size, info.UniqueSize = st.Size(), st.Size()
				committed += st.Size()
			}
		}
		l.File = append(l.File, info)
		return key
	}
	add(vm.Config.Files.VmPathName, "config")
	for _, disk := range device.Disks(vm.Config.Hardware.Device) {
		entry := types.VirtualMachineFileLayoutExDiskLayout{Key: disk.Key}
		chain := device.Chain(disk)
		for i := len(chain) - 1; i >= 0; i-- { // the base first, as vCenter lists it
			unit := types.VirtualMachineFileLayoutExDiskUnit{}
			for j, file := range s.diskFiles(names, chain[i]) {
				kind := "diskExtent"
				if j == 0 {
					kind = "diskDescriptor"
				}
				unit.FileKey = append(unit.FileKey, add(file, kind))
			}
			entry.Chain = append(entry.Chain, unit)
		}
		l.Disk = append(l.Disk, entry)
	}
	vm.LayoutEx = l
	vm.Summary.Storage = &types.VirtualMachineStorageSummary{Committed: committed, Unshared: committed, Timestamp: l.Timestamp}
}

// diskFiles lists a disk's own files, its descriptor first.
func (s *Service) diskFiles(names map[string]*mo.Datastore, file string) []string {
	p, err := datastore.ParsePath(file)
	if err != nil || names[p.Datastore] == nil {
		return []string{file}
	}
	info, err := s.Disks.Info(p.Host(s.datastoreDir(names[p.Datastore])))
	if err != nil || len(info.Files) == 0 {
		return []string{file}
	}
	var files []string
	for _, f := range info.Files {
		files = append(files, datastore.Path{Datastore: p.Datastore, File: path.Join(p.Dir().File, filepath.Base(f))}.String())
	}
	return files
}

// linkMachine notes the VM at its datastores and networks, and takes the note
// back at those of before.
func linkMachine(tx *inventory.Tx, vm *mo.VirtualMachine, oldDatastores, oldNetworks []Ref) {
	change := func(old, now []Ref, edit func(ref Ref, change func([]Ref) []Ref)) {
		for _, ref := range old {
			if !slices.Contains(now, ref) {
				edit(ref, func(list []Ref) []Ref { return inventory.RemoveRef(list, vm.Self) })
			}
		}
		for _, ref := range now {
			if !slices.Contains(old, ref) {
				edit(ref, func(list []Ref) []Ref { return append(list, vm.Self) })
			}
		}
	}
	change(oldDatastores, vm.Datastore, func(ref Ref, change func([]Ref) []Ref) {
		if ds, err := inventory.Edit[mo.Datastore](tx, ref); err == nil {
			ds.Vm = change(ds.Vm)
		}
	})
	change(oldNetworks, vm.Network, func(ref Ref, change func([]Ref) []Ref) {
		if o, err := tx.Edit(ref); err == nil {
			if n := inventory.NetworkOf(o); n != nil {
				n.Vm = change(n.Vm)
			}
		}
	})
}
