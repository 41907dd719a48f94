package ops

import (
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

func (s *Service) templateHandlers() {
	rpc.Handle(s.Mux, "VirtualMachine", func(c *rpc.Call, _ *types.MarkAsTemplate) (*types.MarkAsTemplateResponse, error) {
		return &types.MarkAsTemplateResponse{}, s.markAsTemplate(c.This)
	})
	rpc.Handle(s.Mux, "VirtualMachine", s.markAsVirtualMachine)
}

// markAsTemplate makes a template of a VM that is off: it leaves its pool, and
// a vApp for the folder that holds that.
func (s *Service) markAsTemplate(ref Ref) error {
	err := s.editMachine(ref, func(tx *inventory.Tx, vm *mo.VirtualMachine) error {
		switch {
		case vm.Config.Template:
			return fault.New(&types.InvalidState{})
		case vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff:
			return powerFault(vm, types.VirtualMachinePowerStatePoweredOff)
		}
		pool, err := editPool(tx, *vm.ResourcePool)
		if err != nil {
			return err
		}
		if vm.ParentVApp != nil {
			app := *vm.ParentVApp
			folder := inventory.MustEdit[mo.Folder](tx, s.folderOfVApp(tx, app))
			if err := checkUnique(tx, folder.Self, vm.Name, nil); err != nil {
				return err
			}
			dropEntityConfig(inventory.MustEdit[mo.VirtualApp](tx, app), ref)
			vm.ParentVApp, vm.Parent = nil, &Ref{Type: "Folder", Value: folder.Self.Value}
			folder.ChildEntity = append(folder.ChildEntity, ref)
		}
		pool.Vm = inventory.RemoveRef(pool.Vm, ref)
		vm.ResourcePool, vm.Config.Template = nil, true
		touchConfig(vm)
		summarize(vm)
		return nil
	})
	if err == nil {
		s.writeVMX(ref)
	}
	return err
}

// computeOf is the compute resource that a VM is on: its pool's, and a
// template's, which has no pool, by its host.
func computeOf(r inventory.Reader, vm *mo.VirtualMachine) Ref {
	if vm.ResourcePool != nil {
		return inventory.PoolOf(r.Lookup(*vm.ResourcePool)).Owner
	}
	return *inventory.Parent(r.Lookup(*vm.Runtime.Host))
}

func (s *Service) markAsVirtualMachine(c *rpc.Call, r *types.MarkAsVirtualMachine) (*types.MarkAsVirtualMachineResponse, error) {
	if err := s.existOptional(&r.Pool, r.Host); err != nil {
		return nil, err
	}
	err := s.editMachine(c.This, func(tx *inventory.Tx, vm *mo.VirtualMachine) error {
		if !vm.Config.Template {
			return fault.New(&types.InvalidState{})
		}
		if inventory.PoolOf(tx.Lookup(r.Pool)) == nil {
			return fault.InvalidArgument("pool")
		}
		vm.Config.Template = false
		touchConfig(vm)
		summarize(vm)
		return s.moveMachine(tx, r.Pool, c.This)
	})
	if err == nil {
		s.writeVMX(c.This)
	}
	return &types.MarkAsVirtualMachineResponse{}, err
}
