package ops

import (
	"errors"
	"path"
	"strconv"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/device"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
	"github.com/vic-operator/vic-operator/lab/vmdk"
)

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
		// Disks with parents can't be expanded: a child is as large as its parent.
		of, bad := w.s.Disks.Info(parent)
		if bad == nil && disk.CapacityInKB != 0 && disk.CapacityInKB*1024 != of.CapacityBytes {
			return device.Invalid(a.Index, "device.capacityInKB")
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
