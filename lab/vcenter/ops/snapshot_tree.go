package ops

import (
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// memoryKept notes in a snapshot's tree that it has the guest's memory.
const memoryKept = "memory"

// noteSnapshot puts a new snapshot below the current one, which it becomes.
func noteSnapshot(tx *inventory.Tx, vm *mo.VirtualMachine, node types.VirtualMachineSnapshotTree, memory bool) {
	if memory {
		node.BackupManifest = memoryKept
	}
	info := inventory.DeepCopy(vm.Snapshot)
	if info == nil {
		info = &types.VirtualMachineSnapshotInfo{}
	}
	if above := findSnapshot(info.RootSnapshotList, info.CurrentSnapshot); above != nil {
		above.ChildSnapshotList = append(above.ChildSnapshotList, node)
		if parent, err := inventory.Edit[mo.VirtualMachineSnapshot](tx, above.Snapshot); err == nil {
			parent.ChildSnapshot = append(parent.ChildSnapshot, node.Snapshot)
		}
	} else {
		info.RootSnapshotList = append(info.RootSnapshotList, node)
	}
	current := node.Snapshot
	info.CurrentSnapshot = &current
	showSnapshots(vm, info)
}

// showSnapshots sets what a VM says of its snapshots.
func showSnapshots(vm *mo.VirtualMachine, info *types.VirtualMachineSnapshotInfo) {
	vm.RootSnapshot = nil
	if info == nil || len(info.RootSnapshotList) == 0 {
		vm.Snapshot = nil
		return
	}
	for _, root := range info.RootSnapshotList {
		vm.RootSnapshot = append(vm.RootSnapshot, root.Snapshot)
	}
	vm.Snapshot = info
}

func findSnapshot(list []types.VirtualMachineSnapshotTree, ref *Ref) *types.VirtualMachineSnapshotTree {
	for i := range list {
		if ref == nil {
			return nil
		}
		if list[i].Snapshot == *ref {
			return &list[i]
		}
		if found := findSnapshot(list[i].ChildSnapshotList, ref); found != nil {
			return found
		}
	}
	return nil
}

// snapshotsOf lists a VM's snapshots, those below others after them.
func snapshotsOf(vm *mo.VirtualMachine) (all []types.VirtualMachineSnapshotTree) {
	var walk func(list []types.VirtualMachineSnapshotTree)
	walk = func(list []types.VirtualMachineSnapshotTree) {
		for _, node := range list {
			all = append(all, node)
			walk(node.ChildSnapshotList)
		}
	}
	if vm.Snapshot != nil {
		walk(vm.Snapshot.RootSnapshotList)
	}
	return all
}

func nextSnapshotID(vm *mo.VirtualMachine) (id int32) {
	for _, node := range snapshotsOf(vm) {
		id = max(id, node.Id)
	}
	return id + 1
}

// cutSnapshot gives the tree without the nodes in gone, whose children take
// their places.
func cutSnapshot(list []types.VirtualMachineSnapshotTree, gone map[Ref]bool) (kept []types.VirtualMachineSnapshotTree) {
	for _, node := range list {
		node.ChildSnapshotList = cutSnapshot(node.ChildSnapshotList, gone)
		if gone[node.Snapshot] {
			kept = append(kept, node.ChildSnapshotList...)
		} else {
			kept = append(kept, node)
		}
	}
	return kept
}

// parentSnapshot is the snapshot above ref that isn't in gone; nil for none.
func parentSnapshot(list []types.VirtualMachineSnapshotTree, ref Ref, above *Ref, gone map[Ref]bool) (*Ref, bool) {
	for _, node := range list {
		if node.Snapshot == ref {
			return above, true
		}
		next := above
		if !gone[node.Snapshot] {
			self := node.Snapshot
			next = &self
		}
		if found, ok := parentSnapshot(node.ChildSnapshotList, ref, next, gone); ok {
			return found, true
		}
	}
	return nil, false
}
