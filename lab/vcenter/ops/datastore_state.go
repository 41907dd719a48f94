package ops

import (
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/device"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// SetAccessible makes a datastore one that no host reaches, or brings it back.
// VMs whose configuration files are on it are inaccessible meanwhile; what runs
// goes on in this model, as long as it needs no block that isn't cached.
func (s *Service) SetAccessible(name string, accessible bool) error {
	ds, err := s.datastoreNamed(name)
	if err != nil {
		return err
	}
	return s.Inv.Update(func(tx *inventory.Tx) error {
		store, err := inventory.Edit[mo.Datastore](tx, ds.Self)
		if err != nil {
			return err
		}
		store.Summary.Accessible = accessible
		for i := range store.Host {
			store.Host[i].MountInfo.Accessible = types.NewBool(accessible)
		}
		for _, ref := range store.Vm {
			vm, err := inventory.Edit[mo.VirtualMachine](tx, ref)
			if err != nil {
				continue
			}
			vm.Runtime.ConnectionState = connectionOf(tx, vm)
			summarize(vm)
		}
		return nil
	})
}

// homeIsAccessible says whether the datastore of a VM's configuration file can
// be reached.
func homeIsAccessible(r inventory.Reader, vm *mo.VirtualMachine) bool {
	p, err := datastore.ParsePath(vm.Config.Files.VmPathName)
	if err != nil {
		return false
	}
	for _, ref := range vm.Datastore {
		if ds, ok := r.Lookup(ref).(*mo.Datastore); ok && ds.Name == p.Datastore {
			return ds.Summary.Accessible
		}
	}
	return true
}

// renameDatastore names a datastore anew, and with it every path that begins
// with its name: a VM's files follow.
func (s *Service) renameDatastore(tx *inventory.Tx, ds *mo.Datastore, name string) {
	old, now := "["+ds.Name+"]", "["+name+"]"
	moved := func(file *string) {
		if rest, ok := strings.CutPrefix(*file, old); ok {
			*file = now + rest
		}
	}
	setName(ds, name)
	for _, ref := range ds.Vm {
		vm, err := inventory.Edit[mo.VirtualMachine](tx, ref)
		if err != nil {
			continue
		}
		renameFiles(vm.Config, moved)
		for _, node := range snapshotsOf(vm) {
			if snapshot, err := inventory.Edit[mo.VirtualMachineSnapshot](tx, node.Snapshot); err == nil {
				renameFiles(&snapshot.Config, moved)
			}
		}
		touchConfig(vm)
		s.refresh(tx, vm)
	}
}

func renameFiles(c *types.VirtualMachineConfigInfo, moved func(file *string)) {
	for _, file := range []*string{&c.Files.VmPathName, &c.Files.SnapshotDirectory, &c.Files.SuspendDirectory, &c.Files.LogDirectory} {
		moved(file)
	}
	for _, d := range c.Hardware.Device {
		switch b := d.GetVirtualDevice().Backing.(type) {
		case *types.VirtualDiskFlatVer2BackingInfo:
			for ; b != nil; b = b.Parent {
				moved(&b.FileName)
			}
		case *types.VirtualDiskSeSparseBackingInfo:
			for ; b != nil; b = b.Parent {
				moved(&b.FileName)
			}
		default:
			if f := device.FileBacking(d); f != nil {
				moved(&f.FileName)
			}
		}
	}
}

// reachable refuses a datastore that no host reaches.
func reachable(ds *mo.Datastore) error {
	if ds.Summary.Accessible {
		return nil
	}
	f := &types.InaccessibleDatastore{}
	f.Name, f.Datastore = ds.Name, &ds.Self
	return fault.New(f)
}
