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

func (s *Service) vAppHandlers() {
	m := s.Mux
	rpc.Handle(m, "ResourcePool", s.createVApp)
	rpc.Handle(m, "VirtualApp", s.updateVAppConfig)
	rpc.Handle(m, "VirtualApp", s.powerOnVApp)
	rpc.Handle(m, "VirtualApp", s.powerOffVApp)
	rpc.Handle(m, "VirtualApp", s.suspendVApp)
	rpc.Handle(m, "VirtualApp", func(c *rpc.Call, _ *types.Destroy_Task) (*types.Destroy_TaskResponse, error) {
		ref, err := s.start(c, "VirtualApp.destroy", func(run *task.Run) (types.AnyType, error) {
			return nil, s.destroyVApp(run, c.This)
		})
		return &types.Destroy_TaskResponse{Returnval: ref}, err
	})
}

// createVApp makes a vApp in a pool or in another vApp. One that isn't in a
// vApp needs a folder; in a cluster it needs DRS.
func (s *Service) createVApp(c *rpc.Call, r *types.CreateVApp) (*types.CreateVAppResponse, error) {
	name, err := s.checkName(r.Name)
	if err != nil {
		return nil, err
	}
	if err := wholeConfig(r.ResSpec, "resSpec"); err != nil {
		return nil, err
	}
	if s.bare() {
		return nil, fault.New(&types.NotSupported{})
	}
	nested := c.This.Type == "VirtualApp"
	if nested == (r.VmFolder != nil) {
		return nil, fault.InvalidArgument("vmFolder")
	}
	var ref Ref
	err = s.Inv.Update(func(tx *inventory.Tx) error {
		parent, err := editPool(tx, c.This)
		if err != nil {
			return err
		}
		if !s.canHavePools(tx, parent.Owner) {
			return fault.Newf(&types.InvalidState{}, "vApps need DRS, where there is a cluster")
		}
		if err := checkUnique(tx, c.This, name, nil); err != nil {
			return err
		}
		ref = tx.NewRef("VirtualApp", "resgroup-v")
		ref.Value = "resgroup-v" + ref.Value[len("resgroup-v-"):]
		app := &mo.VirtualApp{ResourcePool: newPool(ref, parent, name, r.ResSpec)}
		app.Summary = &types.VirtualAppSummary{
			ResourcePoolSummary: *app.Summary.GetResourcePoolSummary(), VAppState: types.VirtualAppVAppStateStopped,
			Suspended: types.NewBool(false), InstallBootRequired: types.NewBool(false),
		}
		app.VAppConfig = &types.VAppConfigInfo{VmConfigInfo: types.VmConfigInfo{
			IpAssignment: types.VAppIPAssignmentInfo{IpAllocationPolicy: "fixedPolicy", IpProtocol: "IPv4"},
		}}
		if err := mergeVAppConfig(tx, app, r.ConfigSpec); err != nil {
			return err
		}
		if nested {
			app.ParentVApp = &Ref{Type: c.This.Type, Value: c.This.Value}
		} else {
			folder, err := inventory.Edit[mo.Folder](tx, *r.VmFolder)
			if err != nil {
				return err
			}
			if !slices.Contains(folder.ChildType, "VirtualApp") {
				return fault.InvalidArgument("vmFolder")
			}
			if err := checkUnique(tx, *r.VmFolder, name, nil); err != nil {
				return err
			}
			app.ParentFolder = r.VmFolder
			folder.ChildEntity = append(folder.ChildEntity, ref)
		}
		tx.Add(app)
		parent.ResourcePool = append(parent.ResourcePool, ref)
		return nil
	})
	return &types.CreateVAppResponse{Returnval: ref}, err
}

// canHavePools says whether a compute resource has pools and vApps below its
// root pool: a cluster without DRS has none.
func (s *Service) canHavePools(r inventory.Reader, owner Ref) bool {
	if owner.Type != "ClusterComputeResource" {
		return true
	}
	return !s.Assumed().NoDrs && drsEnabled(r, owner)
}

func drsEnabled(r inventory.Reader, owner Ref) bool {
	cluster, ok := r.Lookup(owner).(*mo.ClusterComputeResource)
	if !ok {
		return false
	}
	config, ok := cluster.ConfigurationEx.(*types.ClusterConfigInfoEx)
	return ok && config.DrsConfig.Enabled != nil && *config.DrsConfig.Enabled
}

// folderOfVApp is the folder that holds the vApp, or the one around it.
func (s *Service) folderOfVApp(r inventory.Reader, ref Ref) Ref {
	for {
		app, ok := r.Lookup(ref).(*mo.VirtualApp)
		if !ok {
			return s.content.RootFolder
		}
		if app.ParentFolder != nil {
			return *app.ParentFolder
		}
		ref = *app.ParentVApp
	}
}

// destroyVApp deletes the vApp with its VMs, disks included, as vCenter does.
func (s *Service) destroyVApp(run *task.Run, ref Ref) error {
	app, err := s.vApp(ref)
	if err != nil {
		return err
	}
	if err := s.canDestroy(ref); err != nil {
		return err
	}
	if err := s.destroyChildren(run, append(append([]Ref(nil), app.Vm...), app.ResourcePool.ResourcePool...)); err != nil {
		return err
	}
	return s.Inv.Update(func(tx *inventory.Tx) error {
		app, err := inventory.Get[mo.VirtualApp](tx, ref)
		if err != nil {
			return err
		}
		if len(app.Vm) > 0 {
			return fault.New(&types.ResourceInUse{Type: "VirtualApp", Name: app.ManagedEntity.Name})
		}
		for _, pool := range app.ResourcePool.ResourcePool {
			if err := s.moveIntoPoolOne(tx, *app.Parent, pool); err != nil {
				return err
			}
		}
		parent, err := editPool(tx, *app.Parent)
		if err != nil {
			return err
		}
		parent.ResourcePool = inventory.RemoveRef(parent.ResourcePool, ref)
		if app.ParentFolder != nil {
			folder := inventory.MustEdit[mo.Folder](tx, *app.ParentFolder)
			folder.ChildEntity = inventory.RemoveRef(folder.ChildEntity, ref)
		}
		tx.Remove(ref)
		return nil
	})
}
