package ops

import (
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

func (s *Service) renameTask(c *rpc.Call, r *types.Rename_Task) (*types.Rename_TaskResponse, error) {
	ref, err := s.start(c, c.This.Type+".rename", func(*task.Run) (types.AnyType, error) {
		return nil, s.rename(c.This, r.NewName)
	})
	return &types.Rename_TaskResponse{Returnval: ref}, err
}

func (s *Service) rename(ref Ref, name string) error {
	name, err := s.checkName(name)
	if err != nil {
		return err
	}
	err = s.Inv.Update(func(tx *inventory.Tx) error {
		o, err := tx.Edit(ref)
		if err != nil {
			return err
		}
		if _, host := o.(*mo.HostSystem); host {
			return fault.New(&types.NotSupported{})
		}
		for _, parent := range inventory.NameSpaces(o) {
			if err := checkUnique(tx, parent, name, &ref); err != nil {
				return err
			}
		}
		old := inventory.EntityOf(o).Name
		if ds, ok := o.(*mo.Datastore); ok {
			s.renameDatastore(tx, ds, name)
		}
		setName(o, name)
		if vm, ok := o.(*mo.VirtualMachine); ok {
			touchConfig(vm)
			s.events.vm(tx, &types.VmRenamedEvent{OldName: old, NewName: name}, vm)
		}
		return nil
	})
	if err == nil && ref.Type == "VirtualMachine" {
		s.writeVMX(ref)
	}
	return err
}
