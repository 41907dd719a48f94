package ops

import (
	"sort"

	"github.com/google/uuid"
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
	rpc.Handle(m, "VirtualApp", func(c *rpc.Call, _ *types.Destroy_Task) (*types.Destroy_TaskResponse, error) {
		ref, err := s.start(c, "VirtualApp.destroy", func(run *task.Run) (types.AnyType, error) {
			return nil, s.destroyVApp(run, c.This)
		})
		return &types.Destroy_TaskResponse{Returnval: ref}, err
	})
}

// createVApp makes a vApp in a pool or in another vApp. One that isn't in a
// vApp needs a folder, and DRS.
func (s *Service) createVApp(c *rpc.Call, r *types.CreateVApp) (*types.CreateVAppResponse, error) {
	name, err := checkName(r.Name)
	if err != nil {
		return nil, err
	}
	if err := wholeConfig(r.ResSpec, "resSpec"); err != nil {
		return nil, err
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
		if !drsEnabled(tx, parent.Owner) {
			return fault.Newf(&types.InvalidState{}, "vApps need a cluster with DRS")
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
			if !hasString(folder.ChildType, "VirtualApp") {
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

func drsEnabled(r inventory.Reader, owner Ref) bool {
	cluster, ok := r.Lookup(owner).(*mo.ClusterComputeResource)
	if !ok {
		return false
	}
	config, ok := cluster.ConfigurationEx.(*types.ClusterConfigInfoEx)
	return ok && config.DrsConfig.Enabled != nil && *config.DrsConfig.Enabled
}

func mergeVAppConfig(r inventory.Reader, app *mo.VirtualApp, spec types.VAppConfigSpec) error {
	c := app.VAppConfig
	if spec.Annotation != "" {
		c.Annotation = spec.Annotation
	}
	if spec.InstanceUuid != "" {
		if _, err := uuid.Parse(spec.InstanceUuid); err != nil {
			return fault.InvalidArgument("spec.instanceUuid")
		}
		c.InstanceUuid = spec.InstanceUuid
	}
	if c.InstanceUuid == "" {
		c.InstanceUuid = uuid.NewString()
	}
	if spec.ManagedBy != nil {
		c.ManagedBy = spec.ManagedBy
	}
	if spec.IpAssignment != nil {
		c.IpAssignment = *spec.IpAssignment
	}
	if spec.InstallBootRequired != nil {
		c.InstallBootRequired = *spec.InstallBootRequired
	}
	for _, p := range spec.Product {
		c.Product = mergeProduct(c.Product, p)
	}
	for _, e := range spec.EntityConfig {
		if e.Key == nil || !has(childrenOf(app), *e.Key) {
			return fault.InvalidArgument("spec.entityConfig.key")
		}
		for i := range c.EntityConfig {
			if *c.EntityConfig[i].Key == *e.Key {
				e.Tag = entityName(r, *e.Key)
				c.EntityConfig[i] = e
			}
		}
	}
	app.Summary.(*types.VirtualAppSummary).InstanceUuid = c.InstanceUuid
	return nil
}

func mergeProduct(list []types.VAppProductInfo, p types.VAppProductSpec) []types.VAppProductInfo {
	if p.Info == nil {
		return list
	}
	out := append([]types.VAppProductInfo(nil), list...)
	for i := range out {
		if out[i].Key == p.Info.Key {
			out[i] = *p.Info
			return out
		}
	}
	return append(out, *p.Info)
}

func (s *Service) updateVAppConfig(c *rpc.Call, r *types.UpdateVAppConfig) (*types.UpdateVAppConfigResponse, error) {
	return &types.UpdateVAppConfigResponse{}, s.Inv.Update(func(tx *inventory.Tx) error {
		app, err := inventory.Edit[mo.VirtualApp](tx, c.This)
		if err != nil {
			return err
		}
		return mergeVAppConfig(tx, app, r.Spec)
	})
}

func addEntityConfig(app *mo.VirtualApp, vm *mo.VirtualMachine) {
	key := vm.Self
	app.VAppConfig.EntityConfig = append(app.VAppConfig.EntityConfig, types.VAppEntityConfigInfo{
		Key: &key, Tag: vm.Name, StartOrder: int32(len(app.VAppConfig.EntityConfig) + 1), StartDelay: 120,
		WaitingForGuest: types.NewBool(false), StartAction: "powerOn", StopDelay: 120, StopAction: "powerOff", DestroyWithParent: types.NewBool(false),
	})
}

func dropEntityConfig(app *mo.VirtualApp, ref Ref) {
	var kept []types.VAppEntityConfigInfo
	for _, e := range app.VAppConfig.EntityConfig {
		if e.Key == nil || *e.Key != ref {
			kept = append(kept, e)
		}
	}
	app.VAppConfig.EntityConfig = kept
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

// powerOnVApp starts the vApp's VMs by start order, nested vApps included.
func (s *Service) powerOnVApp(c *rpc.Call, _ *types.PowerOnVApp_Task) (*types.PowerOnVApp_TaskResponse, error) {
	ref, err := s.start(c, "VirtualApp.powerOn", func(run *task.Run) (types.AnyType, error) {
		app, ok := s.Inv.Lookup(c.This).(*mo.VirtualApp)
		if !ok {
			return nil, inventory.NotFound(c.This)
		}
		if app.Summary.(*types.VirtualAppSummary).VAppState == types.VirtualAppVAppStateStarted && allOn(s, app) {
			return nil, fault.New(&types.InvalidState{})
		}
		return nil, s.powerVApp(run, app, true, false)
	})
	return &types.PowerOnVApp_TaskResponse{Returnval: ref}, err
}

func allOn(s *Service, app *mo.VirtualApp) bool {
	for _, ref := range app.Vm {
		if vm, ok := s.Inv.Lookup(ref).(*mo.VirtualMachine); ok && vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
			return false
		}
	}
	return true
}

func (s *Service) powerOffVApp(c *rpc.Call, r *types.PowerOffVApp_Task) (*types.PowerOffVApp_TaskResponse, error) {
	ref, err := s.start(c, "VirtualApp.powerOff", func(run *task.Run) (types.AnyType, error) {
		app, ok := s.Inv.Lookup(c.This).(*mo.VirtualApp)
		if !ok {
			return nil, inventory.NotFound(c.This)
		}
		return nil, s.powerVApp(run, app, false, r.Force)
	})
	return &types.PowerOffVApp_TaskResponse{Returnval: ref}, err
}

// powerVApp switches the vApp's machines one after another. force powers off
// those too whose stop action is a guest shutdown.
func (s *Service) powerVApp(run *task.Run, app *mo.VirtualApp, on, force bool) error {
	order := append([]types.VAppEntityConfigInfo(nil), app.VAppConfig.EntityConfig...)
	sort.SliceStable(order, func(i, j int) bool {
		if on {
			return order[i].StartOrder < order[j].StartOrder
		}
		return order[i].StartOrder > order[j].StartOrder
	})
	for _, e := range order {
		turn := s.Tasks.Queues().Join(e.Key.Value)
		turn.Wait(run.Ctx)
		err := s.powerEntity(run, e, on, force)
		turn.Leave()
		if err != nil && !fault.Is[types.InvalidPowerState](err) && !fault.Is[types.ManagedObjectNotFound](err) {
			return err
		}
	}
	for _, ref := range app.ResourcePool.ResourcePool {
		if nested, ok := s.Inv.Lookup(ref).(*mo.VirtualApp); ok {
			if err := s.powerVApp(run, nested, on, force); err != nil {
				return err
			}
		}
	}
	return s.Inv.Update(func(tx *inventory.Tx) error {
		app, err := inventory.Edit[mo.VirtualApp](tx, app.Self)
		if err != nil {
			return err
		}
		summary := app.Summary.(*types.VirtualAppSummary)
		if summary.VAppState = types.VirtualAppVAppStateStopped; on {
			summary.VAppState = types.VirtualAppVAppStateStarted
		}
		return nil
	})
}

func (s *Service) powerEntity(run *task.Run, e types.VAppEntityConfigInfo, on, force bool) error {
	switch {
	case on && e.StartAction == "none":
		return nil
	case on:
		return s.powerOn(run.Ctx, *e.Key, nil)
	case e.StopAction == "guestShutdown" && !force:
		return s.shutdownAndWait(run.Ctx, *e.Key, e.StopDelay)
	}
	return s.powerOff(run.Ctx, *e.Key)
}

// destroyVApp deletes the vApp with its VMs, disks included, as vCenter does.
func (s *Service) destroyVApp(run *task.Run, ref Ref) error {
	app, ok := s.Inv.Lookup(ref).(*mo.VirtualApp)
	if !ok {
		return inventory.NotFound(ref)
	}
	if err := s.canDestroy(ref); err != nil {
		return err
	}
	for _, child := range append(append([]Ref(nil), app.Vm...), app.ResourcePool.ResourcePool...) {
		var err error
		switch child.Type {
		case "VirtualMachine":
			err = s.destroyMachineInTurn(run, child)
		case "VirtualApp":
			err = s.destroyVApp(run, child)
		}
		if err != nil && !fault.Is[types.ManagedObjectNotFound](err) {
			return err
		}
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
