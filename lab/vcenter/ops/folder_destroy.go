package ops

import (
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

// destroyFolder destroys a folder with all that is in it, as vCenter does; a
// powered-on VM inside stops it before anything is done.
func (s *Service) destroyFolder(c *rpc.Call, _ *types.Destroy_Task) (*types.Destroy_TaskResponse, error) {
	ref, err := s.start(c, "Folder.destroy", func(run *task.Run) (types.AnyType, error) {
		return nil, s.destroyTree(run, c.This)
	})
	return &types.Destroy_TaskResponse{Returnval: ref}, err
}

func (s *Service) destroyTree(run *task.Run, ref Ref) error {
	folder, ok := s.Inv.Lookup(ref).(*mo.Folder)
	if !ok {
		return inventory.NotFound(ref)
	}
	if folder.Parent == nil || folder.Parent.Type == "Datacenter" {
		return fault.New(&types.NotSupported{})
	}
	for _, child := range folder.ChildEntity {
		if err := s.canDestroy(child); err != nil {
			return err
		}
	}
	if err := s.destroyChildren(run, folder.ChildEntity); err != nil {
		return err
	}
	return s.Inv.Update(func(tx *inventory.Tx) error {
		f, err := inventory.Get[mo.Folder](tx, ref)
		if err != nil {
			return err
		}
		if len(f.ChildEntity) > 0 {
			return fault.New(&types.ResourceInUse{Type: "Folder", Name: f.Name})
		}
		parent, err := inventory.Edit[mo.Folder](tx, *f.Parent)
		if err != nil {
			return err
		}
		parent.ChildEntity = inventory.RemoveRef(parent.ChildEntity, ref)
		tx.Remove(ref)
		return nil
	})
}

// destroyChildren destroys what stands in a folder or vApp; what is gone
// meanwhile is fine. A vApp's pools stay: they move up to its parent.
func (s *Service) destroyChildren(run *task.Run, children []Ref) error {
	for _, child := range children {
		var err error
		switch child.Type {
		case "Folder":
			err = s.destroyTree(run, child)
		case "VirtualMachine":
			err = s.destroyMachineInTurn(run, child)
		case "VirtualApp":
			err = s.destroyVApp(run, child)
		case "ResourcePool":
		default:
			err = fault.New(&types.NotSupported{})
		}
		if err != nil && !fault.Is[types.ManagedObjectNotFound](err) {
			return err
		}
	}
	return nil
}

// canDestroy looks for powered-on VMs below ref.
func (s *Service) canDestroy(ref Ref) (err error) {
	s.Inv.View(func(r inventory.Reader) { err = canDestroy(r, ref) })
	return err
}

func canDestroy(r inventory.Reader, ref Ref) error {
	var children []Ref
	switch o := r.Lookup(ref).(type) {
	case *mo.VirtualMachine:
		if o.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff {
			return fault.New(&types.InvalidPowerState{RequestedState: types.VirtualMachinePowerStatePoweredOff, ExistingState: o.Runtime.PowerState})
		}
	case *mo.Folder:
		children = o.ChildEntity
	case *mo.VirtualApp:
		children = append(append(children, o.Vm...), o.ResourcePool.ResourcePool...)
	case *mo.ResourcePool:
		children = append(append(children, o.Vm...), o.ResourcePool...)
	}
	for _, child := range children {
		if err := canDestroy(r, child); err != nil {
			return err
		}
	}
	return nil
}
