package ops

import (
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

func (s *Service) moveIntoFolder(c *rpc.Call, r *types.MoveIntoFolder_Task) (*types.MoveIntoFolder_TaskResponse, error) {
	if err := s.exist(r.List...); err != nil {
		return nil, err
	}
	if s.bare() {
		return nil, fault.New(&types.NotSupported{})
	}
	ref, err := s.start(c, "Folder.moveInto", func(*task.Run) (types.AnyType, error) {
		return nil, s.Inv.Update(func(tx *inventory.Tx) error {
			for _, ref := range r.List {
				if err := moveIntoFolder(tx, c.This, ref); err != nil {
					return err
				}
			}
			return nil
		})
	})
	return &types.MoveIntoFolder_TaskResponse{Returnval: ref}, err
}

func moveIntoFolder(tx *inventory.Tx, into, ref Ref) error {
	folder, err := inventory.Edit[mo.Folder](tx, into)
	if err != nil {
		return err
	}
	o, err := tx.Edit(ref)
	if err != nil {
		return err
	}
	e := inventory.EntityOf(o)
	if e == nil || !slices.Contains(folder.ChildType, childKind(o)) || ref == into {
		return fault.New(&types.NotSupported{})
	}
	for up := folder.Parent; up != nil; {
		if *up == ref { // into its own descendant
			return fault.New(&types.InvalidFolder{Target: into})
		}
		above, ok := tx.Lookup(*up).(*mo.Folder)
		if !ok {
			break
		}
		up = above.Parent
	}
	if err := checkUnique(tx, into, e.Name, &ref); err != nil {
		return err
	}
	var from *Ref
	if app, ok := o.(*mo.VirtualApp); ok {
		from, app.ParentFolder = app.ParentFolder, &Ref{Type: into.Type, Value: into.Value}
	} else {
		if e.Parent == nil {
			return fault.New(&types.NotSupported{})
		}
		from, e.Parent = e.Parent, &Ref{Type: into.Type, Value: into.Value}
	}
	if from != nil {
		old, err := inventory.Edit[mo.Folder](tx, *from)
		if err != nil {
			return err
		}
		old.ChildEntity = inventory.RemoveRef(old.ChildEntity, ref)
	}
	folder.ChildEntity = append(folder.ChildEntity, ref)
	return nil
}

// childKind is how Folder.childType names an object's type.
func childKind(o inventory.Object) string {
	switch o.(type) {
	case *mo.Folder:
		return "Folder"
	case *mo.VirtualMachine:
		return "VirtualMachine"
	case *mo.VirtualApp:
		return "VirtualApp"
	case *mo.ClusterComputeResource, *mo.ComputeResource:
		return "ComputeResource"
	case *mo.Datastore:
		return "Datastore"
	case *mo.Network, *mo.DistributedVirtualPortgroup:
		return "Network"
	case *mo.VmwareDistributedVirtualSwitch:
		return "DistributedVirtualSwitch"
	}
	return "Datacenter"
}
