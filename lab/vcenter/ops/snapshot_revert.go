package ops

import (
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/device"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

func (s *Service) revertToSnapshot(c *rpc.Call, _ *types.RevertToSnapshot_Task) (*types.RevertToSnapshot_TaskResponse, error) {
	snapshot, ok := s.Inv.Lookup(c.This).(*mo.VirtualMachineSnapshot)
	if !ok {
		return nil, inventory.NotFound(c.This)
	}
	ref, err := s.Tasks.Start(c, "VirtualMachineSnapshot.revert", snapshot.Vm, true, func(run *task.Run) (types.AnyType, error) {
		return nil, s.revert(run, snapshot.Vm, c.This)
	})
	return &types.RevertToSnapshot_TaskResponse{Returnval: ref}, err
}

func (s *Service) revertToCurrentSnapshot(c *rpc.Call, _ *types.RevertToCurrentSnapshot_Task) (*types.RevertToCurrentSnapshot_TaskResponse, error) {
	ref, err := s.start(c, "VirtualMachine.revertToCurrentSnapshot", func(run *task.Run) (types.AnyType, error) {
		vm, err := s.Machine(c.This)
		if err != nil {
			return nil, err
		}
		if vm.Snapshot == nil || vm.Snapshot.CurrentSnapshot == nil {
			return nil, fault.New(&types.NotFound{})
		}
		return nil, s.revert(run, c.This, *vm.Snapshot.CurrentSnapshot)
	})
	return &types.RevertToCurrentSnapshot_TaskResponse{Returnval: ref}, err
}

// revert makes a VM what it was when the snapshot was taken: its disks begin
// anew above those of the snapshot, and it is off unless its memory was kept.
// extraConfig is the snapshot's too, and with it what the guest had reported.
func (s *Service) revert(run *task.Run, ref, to Ref) error {
	vm, err := s.Machine(ref)
	if err != nil {
		return err
	}
	if vm.Config.Template { // of which the snapshot knows nothing
		return fault.New(&types.NotSupported{})
	}
	snapshot, ok := s.Inv.Lookup(to).(*mo.VirtualMachineSnapshot)
	if !ok {
		return inventory.NotFound(to)
	}
	if node := findSnapshot(vm.Snapshot.RootSnapshotList, &to); node != nil && node.BackupManifest == memoryKept {
		return fault.Newf(&types.NotSupported{}, "The lab keeps no guest's memory: take snapshots without.")
	}
	if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff {
		if err := s.powerOff(run.Ctx, ref); err != nil {
			return err
		}
		if vm, err = s.Machine(ref); err != nil {
			return err
		}
	}
	config := inventory.DeepCopy(&snapshot.Config)
	config.Name, config.Files, config.ChangeVersion = vm.Config.Name, vm.Config.Files, vm.Config.ChangeVersion
	var undo undoLog
	defer undo.run()
	for _, disk := range device.Disks(config.Hardware.Device) {
		if b, _ := device.BackingOf(disk); b.Mode != string(types.VirtualDiskModePersistent) {
			continue
		}
		if err := s.addDelta(vm, disk, &undo); err != nil {
			return err
		}
	}
	left := s.abandoned(vm)
	err = s.editMachine(ref, func(tx *inventory.Tx, vm *mo.VirtualMachine) error {
		info := inventory.DeepCopy(vm.Snapshot)
		current := to
		info.CurrentSnapshot = &current
		showSnapshots(vm, info)
		vm.Config = config
		s.changedFiles(tx, vm)
		return nil
	})
	if err != nil {
		return err
	}
	undo.clear()
	for _, file := range left {
		if _, host, err := s.hostPath(file); err == nil {
			_ = s.Disks.Delete(host)
		}
	}
	s.writeVMX(ref)
	return nil
}

// abandoned lists the disks that a VM wrote to and that are no snapshot's.
func (s *Service) abandoned(vm *mo.VirtualMachine) (files []string) {
	var kept []string
	for _, node := range snapshotsOf(vm) {
		if snapshot, ok := s.Inv.Lookup(node.Snapshot).(*mo.VirtualMachineSnapshot); ok {
			for _, disk := range device.Disks(snapshot.Config.Hardware.Device) {
				kept = append(kept, leafOf(disk))
			}
		}
	}
	for _, disk := range device.Disks(vm.Config.Hardware.Device) {
		if !slices.Contains(kept, leafOf(disk)) {
			files = append(files, leafOf(disk))
		}
	}
	return files
}
