package ops

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/device"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

func (s *Service) snapshotHandlers() {
	m := s.Mux
	rpc.Handle(m, "VirtualMachine", s.createSnapshot)
	rpc.Handle(m, "VirtualMachine", s.removeAllSnapshots)
	rpc.Handle(m, "VirtualMachine", s.revertToCurrentSnapshot)
	rpc.Handle(m, "VirtualMachineSnapshot", s.removeSnapshot)
	rpc.Handle(m, "VirtualMachineSnapshot", s.revertToSnapshot)
}

func (s *Service) createSnapshot(c *rpc.Call, r *types.CreateSnapshot_Task) (*types.CreateSnapshot_TaskResponse, error) {
	if strings.TrimSpace(r.Name) == "" || len(r.Name) > maxNameLength {
		return nil, fault.New(&types.InvalidName{Name: r.Name})
	}
	ref, err := s.start(c, "VirtualMachine.createSnapshot", func(run *task.Run) (types.AnyType, error) {
		return s.takeSnapshot(run, c.This, r)
	})
	return &types.CreateSnapshot_TaskResponse{Returnval: ref}, err
}

// takeSnapshot puts a new disk above each one that a snapshot concerns, and
// keeps the configuration. Independent disks are left out; a running machine's
// memory can't be kept with them.
func (s *Service) takeSnapshot(run *task.Run, ref Ref, r *types.CreateSnapshot_Task) (types.AnyType, error) {
	vm, err := s.Machine(ref)
	if err != nil {
		return nil, err
	}
	if vm.Config.Template {
		return nil, fault.New(&types.NotSupported{})
	}
	if err := s.canSwitchFiles(vm); err != nil {
		return nil, err
	}
	kept := inventory.DeepCopy(s.lasting(vm))
	devices := inventory.DeepCopy(vm.Config.Hardware.Device)
	var undo undoLog
	defer undo.run()
	for _, disk := range device.Disks(devices) {
		if b, _ := device.BackingOf(disk); strings.HasPrefix(b.Mode, "independent") {
			if r.Memory && isOn(vm) {
				return nil, fault.New(&types.MemorySnapshotOnIndependentDisk{})
			}
			continue
		}
		if err := s.addDelta(vm, disk, &undo); err != nil {
			return nil, err
		}
	}
	var snapshot Ref
	err = s.editMachine(ref, func(tx *inventory.Tx, vm *mo.VirtualMachine) error {
		snapshot = tx.NewRef("VirtualMachineSnapshot", "snapshot")
		object := &mo.VirtualMachineSnapshot{Config: *kept, Vm: ref}
		object.Self = snapshot
		tx.Add(object)
		noteSnapshot(tx, vm, types.VirtualMachineSnapshotTree{
			Snapshot: snapshot, Vm: ref, Name: r.Name, Description: r.Description, Id: nextSnapshotID(vm), CreateTime: time.Now(),
			State: vm.Runtime.PowerState, Quiesced: r.Quiesce, ReplaySupported: types.NewBool(false),
		}, r.Memory && isOn(vm))
		vm.Config.Hardware.Device = devices
		s.changedFiles(tx, vm)
		return nil
	})
	if err != nil {
		return nil, err
	}
	undo.clear()
	s.writeVMX(ref)
	return snapshot, s.switchFiles(run.Ctx, ref, kept.Hardware.Device)
}

// changedFiles follows up on a VM whose disks have become other ones.
func (s *Service) changedFiles(tx *inventory.Tx, vm *mo.VirtualMachine) {
	touchConfig(vm)
	datastores, networks := vm.Datastore, vm.Network
	s.refresh(tx, vm)
	linkMachine(tx, vm, datastores, networks)
}

var deltaNumber = regexp.MustCompile(`-[0-9]{6}$`)

// addDelta makes a child of a disk in the VM's own directory, "disk-000001.vmdk"
// and so on, and puts it in the disk's place.
func (s *Service) addDelta(vm *mo.VirtualMachine, disk *types.VirtualDisk, undo *undoLog) error {
	leaf := leafOf(disk)
	_, below, err := s.hostPath(leaf)
	if err != nil {
		return err
	}
	home, err := datastore.ParsePath(vm.Config.Files.VmPathName)
	if err != nil {
		return err
	}
	base := deltaNumber.ReplaceAllString(strings.TrimSuffix(path.Base(leaf), ".vmdk"), "")
	for i := 1; ; i++ {
		delta := home.Dir().Join(fmt.Sprintf("%s-%06d.vmdk", base, i))
		host, err := s.host(delta)
		if err != nil {
			return err
		}
		if _, err := s.Disks.Info(host); err == nil {
			continue
		}
		if err := s.Disks.CreateChild(host, below); err != nil {
			return diskFault(err, leaf)
		}
		undo.add(func() { _ = s.Disks.Delete(host) })
		return s.showChain(disk, delta.String())
	}
}
