package ops

import (
	"sort"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

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
		summary.Suspended = types.NewBool(false)
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
