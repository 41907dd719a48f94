package ops

import (
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/device"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

func (s *Service) removeSnapshot(c *rpc.Call, r *types.RemoveSnapshot_Task) (*types.RemoveSnapshot_TaskResponse, error) {
	snapshot, ok := s.Inv.Lookup(c.This).(*mo.VirtualMachineSnapshot)
	if !ok {
		return nil, inventory.NotFound(c.This)
	}
	ref, err := s.Tasks.Start(c, "VirtualMachineSnapshot.remove", snapshot.Vm, true, func(run *task.Run) (types.AnyType, error) {
		vm, err := s.Machine(snapshot.Vm)
		if err != nil {
			return nil, err
		}
		if vm.Snapshot == nil {
			return nil, inventory.NotFound(c.This)
		}
		node := findSnapshot(vm.Snapshot.RootSnapshotList, &c.This)
		if node == nil {
			return nil, inventory.NotFound(c.This)
		}
		gone := map[Ref]bool{c.This: true}
		if r.RemoveChildren {
			below := &mo.VirtualMachine{Snapshot: &types.VirtualMachineSnapshotInfo{RootSnapshotList: node.ChildSnapshotList}}
			for _, each := range snapshotsOf(below) {
				gone[each.Snapshot] = true
			}
		}
		return nil, s.dropSnapshots(run, vm, gone)
	})
	return &types.RemoveSnapshot_TaskResponse{Returnval: ref}, err
}

func (s *Service) removeAllSnapshots(c *rpc.Call, _ *types.RemoveAllSnapshots_Task) (*types.RemoveAllSnapshots_TaskResponse, error) {
	ref, err := s.start(c, "VirtualMachine.removeAllSnapshots", func(run *task.Run) (types.AnyType, error) {
		vm, err := s.Machine(c.This)
		if err != nil {
			return nil, err
		}
		gone := map[Ref]bool{}
		for _, node := range snapshotsOf(vm) {
			gone[node.Snapshot] = true
		}
		return nil, s.dropSnapshots(run, vm, gone)
	})
	return &types.RemoveAllSnapshots_TaskResponse{Returnval: ref}, err
}

// dropSnapshots removes snapshots. A disk that nobody but its one child needs
// any more takes over what the child holds; one without any child is deleted.
func (s *Service) dropSnapshots(run *task.Run, vm *mo.VirtualMachine, gone map[Ref]bool) error {
	if len(gone) == 0 {
		return nil
	}
	if err := s.canSwitchFiles(vm); err != nil {
		return err
	}
	before := vm.Config.Hardware.Device
	devices := inventory.DeepCopy(before)
	kept := map[Ref][]types.BaseVirtualDevice{}
	var freed []string
	for _, node := range snapshotsOf(vm) {
		snapshot, ok := s.Inv.Lookup(node.Snapshot).(*mo.VirtualMachineSnapshot)
		if !ok {
			continue
		}
		if !gone[node.Snapshot] {
			kept[node.Snapshot] = inventory.DeepCopy(snapshot.Config.Hardware.Device)
			continue
		}
		for _, disk := range device.Disks(snapshot.Config.Hardware.Device) {
			freed = append(freed, leafOf(disk))
		}
	}
	merger := &merger{s: s, vm: vm.Self, users: append([][]types.BaseVirtualDevice{devices}, values(kept)...)}
	for i := len(freed) - 1; i >= 0; i-- { // the topmost first
		if err := merger.free(freed[i]); err != nil {
			return err
		}
	}
	err := s.editMachine(vm.Self, func(tx *inventory.Tx, vm *mo.VirtualMachine) error {
		for ref := range gone {
			tx.Remove(ref)
		}
		for ref, devices := range kept {
			inventory.MustEdit[mo.VirtualMachineSnapshot](tx, ref).Config.Hardware.Device = devices
		}
		info := inventory.DeepCopy(vm.Snapshot)
		if info.CurrentSnapshot != nil && gone[*info.CurrentSnapshot] {
			info.CurrentSnapshot, _ = parentSnapshot(info.RootSnapshotList, *info.CurrentSnapshot, nil, gone)
		}
		info.RootSnapshotList = cutSnapshot(info.RootSnapshotList, gone)
		showSnapshots(vm, info)
		vm.Config.Hardware.Device = devices
		s.changedFiles(tx, vm)
		return nil
	})
	if err != nil {
		return err
	}
	s.writeVMX(vm.Self)
	return s.switchFiles(run.Ctx, vm.Self, before)
}

func values[K comparable, V any](m map[K]V) (list []V) {
	for _, v := range m {
		list = append(list, v)
	}
	return list
}
