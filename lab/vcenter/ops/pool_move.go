package ops

import (
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

func (s *Service) moveIntoPool(c *rpc.Call, r *types.MoveIntoResourcePool) (*types.MoveIntoResourcePoolResponse, error) {
	if err := s.exist(r.List...); err != nil {
		return nil, err
	}
	return &types.MoveIntoResourcePoolResponse{}, s.Inv.Update(func(tx *inventory.Tx) error {
		for _, ref := range r.List {
			if err := s.moveIntoPoolOne(tx, c.This, ref); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) moveIntoPoolOne(tx *inventory.Tx, into, ref Ref) error {
	target, err := editPool(tx, into)
	if err != nil {
		return err
	}
	switch o := tx.Lookup(ref).(type) {
	case *mo.VirtualMachine:
		return s.moveMachine(tx, into, ref)
	case *mo.ResourcePool, *mo.VirtualApp:
		for up := &into; up != nil && up.Type != "ClusterComputeResource"; up = inventory.Parent(tx.Lookup(*up)) {
			if *up == ref {
				return fault.InvalidArgument("list")
			}
		}
		if err := checkUnique(tx, into, inventory.EntityOf(o).Name, &ref); err != nil {
			return err
		}
		moved, err := editPool(tx, ref)
		if err != nil {
			return err
		}
		from, err := editPool(tx, *moved.Parent)
		if err != nil {
			return err
		}
		from.ResourcePool = inventory.RemoveRef(from.ResourcePool, ref)
		moved.Parent = &Ref{Type: into.Type, Value: into.Value}
		target.ResourcePool = append(target.ResourcePool, ref)
		return nil
	}
	return fault.InvalidArgument("list")
}

// moveMachine moves a VM between pools and vApps. Into a vApp it leaves its
// folder; out of one it goes to the folder that holds the vApp.
func (s *Service) moveMachine(tx *inventory.Tx, into, ref Ref) error {
	vm, err := inventory.Edit[mo.VirtualMachine](tx, ref)
	if err != nil {
		return err
	}
	if vm.Config.Template {
		return fault.New(&types.NotSupported{})
	}
	if vm.ResourcePool != nil && *vm.ResourcePool == into {
		return nil
	}
	if err := checkUnique(tx, into, vm.Name, &ref); into.Type == "VirtualApp" && err != nil {
		return err
	}
	if vm.ResourcePool != nil { // it was no template just now
		from, err := editPool(tx, *vm.ResourcePool)
		if err != nil {
			return err
		}
		from.Vm = inventory.RemoveRef(from.Vm, ref)
	}
	target, err := editPool(tx, into)
	if err != nil {
		return err
	}
	target.Vm = append(target.Vm, ref)
	vm.ResourcePool = &Ref{Type: into.Type, Value: into.Value}
	old := vm.ParentVApp
	if old != nil {
		dropEntityConfig(inventory.MustEdit[mo.VirtualApp](tx, *old), ref)
	}
	if into.Type == "VirtualApp" {
		if vm.Parent != nil {
			folder := inventory.MustEdit[mo.Folder](tx, *vm.Parent)
			folder.ChildEntity = inventory.RemoveRef(folder.ChildEntity, ref)
		}
		vm.Parent, vm.ParentVApp = nil, &Ref{Type: into.Type, Value: into.Value}
		addEntityConfig(inventory.MustEdit[mo.VirtualApp](tx, into), vm)
		return nil
	}
	if old == nil {
		return nil
	}
	folder := inventory.MustEdit[mo.Folder](tx, s.folderOfVApp(tx, *old))
	if err := checkUnique(tx, folder.Self, vm.Name, nil); err != nil {
		return err
	}
	vm.ParentVApp, vm.Parent = nil, &Ref{Type: "Folder", Value: folder.Self.Value}
	folder.ChildEntity = append(folder.ChildEntity, ref)
	return nil
}
