package ops

import (
	"io"
	"os"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

// changesStorage says whether a VM's files are to go to another datastore.
func (s *Service) changesStorage(vm *mo.VirtualMachine, ds *Ref) bool {
	if ds == nil {
		return false
	}
	p, err := datastore.ParsePath(vm.Config.Files.VmPathName)
	target, ok := s.Inv.Lookup(*ds).(*mo.Datastore)
	return err == nil && ok && target.Name != p.Datastore
}

// moveStorage moves a VM's home and all of its disks, as a storage vMotion
// does: the new directory is named like the VM is shown, and the disks' chains
// are copied whole.
func (s *Service) moveStorage(run *task.Run, ref Ref, spec types.VirtualMachineRelocateSpec) error {
	vm, err := s.Machine(ref)
	if err != nil {
		return err
	}
	if err := s.canSwitchFiles(vm); err != nil {
		return err
	}
	if vm.Snapshot != nil {
		return fault.Newf(&types.NotSupported{}, "The lab doesn't move the disks of snapshots.")
	}
	old, err := datastore.ParsePath(vm.Config.Files.VmPathName)
	if err != nil {
		return err
	}
	config := inventory.DeepCopy(vm.Config)
	var undo undoLog
	defer undo.run()
	to, err := s.newHome(vm.Config.Files.VmPathName, spec.Datastore, vm.Name, &undo)
	if err != nil {
		return err
	}
	if err := s.copyDevices(config, vm.Config.Files.VmPathName, to, spec.DiskMoveType, false, &undo); err != nil {
		return err
	}
	s.copyLogs(config.Hardware.Device, old, to)
	homeFiles(config, to)
	before := vm
	err = s.editMachine(ref, func(tx *inventory.Tx, vm *mo.VirtualMachine) error {
		vm.Config.Files, vm.Config.Hardware.Device = config.Files, config.Hardware.Device
		s.changedFiles(tx, vm)
		s.events.vm(tx, &types.VmRelocatedEvent{}, vm)
		return nil
	})
	if err != nil {
		return err
	}
	undo.clear()
	s.writeVMX(ref)
	if err := s.switchFiles(run.Ctx, ref, before.Config.Hardware.Device); err != nil {
		return err
	}
	s.Inv.Sync() // no VM comes back without its files
	s.removeHome(before)
	return nil
}

// copyFile copies a file that may be missing.
func copyFile(from, to string) {
	source, err := os.Open(from)
	if err != nil {
		return
	}
	defer source.Close()
	target, err := os.Create(to)
	if err != nil {
		return
	}
	defer target.Close()
	_, _ = io.Copy(target, source)
}
