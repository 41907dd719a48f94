package ops

import (
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
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

// exist refuses references to nothing.
func (s *Service) exist(refs ...Ref) error {
	for _, ref := range refs {
		if s.Inv.Lookup(ref) == nil {
			return inventory.NotFound(ref)
		}
	}
	return nil
}
