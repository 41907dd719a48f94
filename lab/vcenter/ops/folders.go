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

func (s *Service) folderHandlers() {
	m := s.Mux
	rpc.Handle(m, "Folder", s.createFolder)
	rpc.Handle(m, "Folder", s.moveIntoFolder)
	rpc.Handle(m, "Folder", s.destroyFolder)
	rpc.Handle(m, "ManagedEntity", s.renameTask)
}

func (s *Service) createFolder(c *rpc.Call, r *types.CreateFolder) (*types.CreateFolderResponse, error) {
	name, err := s.checkName(r.Name)
	if err != nil {
		return nil, err
	}
	var ref Ref
	err = s.Inv.Update(func(tx *inventory.Tx) error {
		parent, err := inventory.Edit[mo.Folder](tx, c.This)
		if err != nil {
			return err
		}
		if s.bare() || !slices.Contains(parent.ChildType, "Folder") {
			return fault.New(&types.NotSupported{})
		}
		if err := checkUnique(tx, c.This, name, nil); err != nil {
			return err
		}
		ref = s.addFolder(tx, parent, name, "group-v", parent.ChildType)
		return nil
	})
	return &types.CreateFolderResponse{Returnval: ref}, err
}

// addFolder puts a folder into parent, which is being edited.
func (s *Service) addFolder(tx *inventory.Tx, parent *mo.Folder, name, prefix string, childType []string) Ref {
	ref := tx.NewRef("Folder", prefix)
	ref.Value = prefix + ref.Value[len(prefix)+1:] // "group-v42"
	f := &mo.Folder{ChildType: childType}
	f.ManagedEntity = newEntity(ref, &parent.Self, name)
	tx.Add(f)
	parent.ChildEntity = append(parent.ChildEntity, ref)
	return ref
}

func newEntity(ref Ref, parent *Ref, name string) mo.ManagedEntity {
	e := mo.ManagedEntity{Name: name, OverallStatus: types.ManagedEntityStatusGreen, ConfigStatus: types.ManagedEntityStatusGreen,
		EffectiveRole: []int32{-1}, AlarmActionsEnabled: types.NewBool(true)}
	e.Self = ref
	if parent != nil {
		p := *parent
		e.Parent = &p
	}
	return e
}

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

// exist refuses references to nothing.
func (s *Service) exist(refs ...Ref) error {
	for _, ref := range refs {
		if s.Inv.Lookup(ref) == nil {
			return inventory.NotFound(ref)
		}
	}
	return nil
}

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
	for _, child := range folder.ChildEntity {
		var err error
		switch child.Type {
		case "Folder":
			err = s.destroyTree(run, child)
		case "VirtualMachine":
			err = s.destroyMachineInTurn(run, child)
		case "VirtualApp":
			err = s.destroyVApp(run, child)
		default:
			err = fault.New(&types.NotSupported{})
		}
		if err != nil && !fault.Is[types.ManagedObjectNotFound](err) {
			return err
		}
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
