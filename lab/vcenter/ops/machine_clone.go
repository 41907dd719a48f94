package ops

import (
	"path"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/device"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

func (s *Service) cloneVM(c *rpc.Call, r *types.CloneVM_Task) (*types.CloneVM_TaskResponse, error) {
	l := r.Spec.Location
	if err := s.existOptional(l.Host, l.Pool, l.Datastore, &r.Folder, r.Spec.Snapshot); err != nil {
		return nil, err
	}
	source, err := s.Machine(c.This)
	if err != nil {
		return nil, err
	}
	if l.Pool == nil {
		l.Pool = source.ResourcePool
	}
	if l.Pool == nil && r.Spec.Template {
		s.Inv.View(func(reader inventory.Reader) {
			l.Pool = inventory.ComputeOf(reader.Lookup(computeOf(reader, source))).ResourcePool
		})
	}
	if l.Pool == nil {
		return nil, fault.InvalidArgument("spec.location.pool")
	}
	if l.DiskMoveType == string(types.VirtualMachineRelocateDiskMoveOptionsCreateNewChildDiskBacking) && r.Spec.Snapshot == nil {
		return nil, fault.InvalidArgument("spec.snapshot") // the source would go on to write to a shared disk
	}
	at := place{folder: &r.Folder, pool: *l.Pool, host: l.Host}
	if l.Pool.Type == "VirtualApp" {
		at.folder = nil
	}
	if err := s.checkPlace(at); err != nil {
		return nil, err
	}
	ref, err := s.start(c, "VirtualMachine.clone", func(run *task.Run) (types.AnyType, error) {
		return s.clone(run, c.This, at, r)
	})
	return &types.CloneVM_TaskResponse{Returnval: ref}, err
}

// clone copies a VM, or a snapshot of one: its configuration with all keys, but
// UUIDs of its own, and disks as the spec says. A MAC address that somebody had
// set stays ("manual"), one that vCenter had made doesn't.
func (s *Service) clone(run *task.Run, from Ref, at place, r *types.CloneVM_Task) (types.AnyType, error) {
	name, err := s.checkName(r.Name)
	if err != nil {
		return nil, err
	}
	source, err := s.Machine(from)
	if err != nil {
		return nil, err
	}
	config := inventory.DeepCopy(s.lasting(source))
	if r.Spec.Snapshot != nil {
		snapshot, ok := s.Inv.Lookup(*r.Spec.Snapshot).(*mo.VirtualMachineSnapshot)
		if !ok || snapshot.Vm != from {
			return nil, fault.InvalidArgument("spec.snapshot")
		}
		config = inventory.DeepCopy(&snapshot.Config)
	}
	release, ok := s.names.take(at.parent(), name)
	if !ok {
		return nil, fault.New(&types.DuplicateName{Name: name, Object: at.parent()})
	}
	defer release()
	s.Inv.View(func(reader inventory.Reader) { err = checkUnique(reader, at.parent(), name, nil) })
	if err != nil {
		return nil, err
	}
	var undo undoLog
	defer undo.run()
	old := config.Files.VmPathName
	vmx, err := s.newHome(old, r.Spec.Location.Datastore, name, &undo)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	config.Name, config.Uuid, config.InstanceUuid, config.CreateDate = name, uuid.NewString(), uuid.NewString(), &now
	config.Template = false
	if err := s.copyDevices(config, old, vmx, r.Spec.Location.DiskMoveType, true, &undo); err != nil {
		return nil, err
	}
	homeFiles(config, vmx)
	if r.Spec.Config != nil {
		if err := mergeSpec(config, *r.Spec.Config, false); err != nil {
			return nil, err
		}
		work := &configWork{s: s, vmx: vmx, undo: &undo}
		if err := work.devices(config, r.Spec.Config.DeviceChange); err != nil {
			return nil, err
		}
	}
	ref, err := s.addMachine(at, config)
	if err != nil {
		return nil, err
	}
	undo.clear()
	s.writeVMX(ref)
	if r.Spec.Template {
		return ref, s.markAsTemplate(ref)
	}
	if r.Spec.PowerOn {
		return ref, s.powerOn(run.Ctx, ref, at.host)
	}
	return ref, nil
}

// newHome makes a directory for a VM beside, or in another datastore than, the
// one that it has.
func (s *Service) newHome(vmPath string, ds *Ref, name string, undo *undoLog) (home, error) {
	p, err := datastore.ParsePath(vmPath)
	if err != nil {
		return home{}, err
	}
	if ds != nil {
		target, ok := s.Inv.Lookup(*ds).(*mo.Datastore)
		if !ok {
			return home{}, inventory.NotFound(*ds)
		}
		p.Datastore = target.Name
	}
	return s.claimNewHome(datastore.Path{Datastore: p.Datastore}, fileName(name), undo)
}

// copyDevices copies a VM's disks into its new home, and shows other files of
// its old home at the new one, as a configuration file names them.
//
// fresh: a clone's disks and generated MAC addresses are others than before.
func (s *Service) copyDevices(config *types.VirtualMachineConfigInfo, oldPath string, to home, move string, fresh bool, undo *undoLog) error {
	old, err := datastore.ParsePath(oldPath)
	if err != nil {
		return err
	}
	work := &configWork{s: s, vmx: to, undo: undo}
	for _, d := range config.Hardware.Device {
		if disk, ok := d.(*types.VirtualDisk); ok {
			if err := s.copyDisk(disk, work, move, undo); err != nil {
				return err
			}
			continue
		}
		if card := device.Card(d); card != nil && fresh && card.AddressType != string(types.VirtualEthernetCardMacTypeManual) {
			card.MacAddress = device.NewMAC()
		}
		if b := device.FileBacking(d); b != nil {
			if p, err := datastore.ParsePath(b.FileName); err == nil && p.Dir() == old.Dir() {
				b.FileName = to.vmx.Dir().Join(path.Base(p.File)).String()
				b.Datastore = nil
			}
		}
	}
	return nil
}

// copyDisk puts a copy of a disk into a VM's home: by default all of its chain
// as one, else its topmost file alone, or a new child of it.
func (s *Service) copyDisk(disk *types.VirtualDisk, work *configWork, move string, undo *undoLog) error {
	leaf := leafOf(disk)
	_, from, err := s.hostPath(leaf)
	if err != nil {
		return err
	}
	p, err := work.diskPath("")
	if err != nil {
		return err
	}
	to, err := s.host(p)
	if err != nil {
		return err
	}
	switch types.VirtualMachineRelocateDiskMoveOptions(move) {
	case types.VirtualMachineRelocateDiskMoveOptionsCreateNewChildDiskBacking:
		err = s.Disks.CreateChild(to, from)
	case types.VirtualMachineRelocateDiskMoveOptionsMoveChildMostDiskBacking, types.VirtualMachineRelocateDiskMoveOptionsMoveAllDiskBackingsAndAllowSharing:
		err = s.Disks.CopyAlone(from, to)
	case "", types.VirtualMachineRelocateDiskMoveOptionsMoveAllDiskBackingsAndDisallowSharing,
		types.VirtualMachineRelocateDiskMoveOptionsMoveAllDiskBackingsAndConsolidate:
		err = s.Disks.Copy(from, to)
	default:
		return fault.InvalidArgument("spec.location.diskMoveType")
	}
	if err != nil {
		return diskFault(err, leaf)
	}
	undo.add(func() { _ = s.Disks.Delete(to) })
	return s.showChain(disk, p.String())
}

// copyLogs copies what else of the old home devices write to.
func (s *Service) copyLogs(devices []types.BaseVirtualDevice, old datastore.Path, to home) {
	for _, d := range devices {
		if _, disk := d.(*types.VirtualDisk); disk {
			continue
		}
		b := device.FileBacking(d)
		if b == nil {
			continue
		}
		p, err := datastore.ParsePath(b.FileName)
		if err != nil || p.Dir() != to.vmx.Dir() {
			continue
		}
		name := path.Base(p.File)
		if host, err := s.host(old.Dir().Join(name)); err == nil {
			copyFile(host, filepath.Join(to.hostDir, name))
		}
	}
}
