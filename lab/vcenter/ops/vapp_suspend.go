package ops

import (
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

// suspendVApp suspends the VMs of a vApp that are on, nested vApps included.
func (s *Service) suspendVApp(c *rpc.Call, _ *types.SuspendVApp_Task) (*types.SuspendVApp_TaskResponse, error) {
	ref, err := s.start(c, "VirtualApp.suspend", func(run *task.Run) (types.AnyType, error) {
		app, ok := s.Inv.Lookup(c.This).(*mo.VirtualApp)
		if !ok {
			return nil, inventory.NotFound(c.This)
		}
		if app.Summary.(*types.VirtualAppSummary).VAppState == types.VirtualAppVAppStateStopped && !anyOn(s, app) {
			return nil, fault.New(&types.InvalidState{})
		}
		return nil, s.suspendAll(run, app)
	})
	return &types.SuspendVApp_TaskResponse{Returnval: ref}, err
}

func anyOn(s *Service, app *mo.VirtualApp) bool {
	for _, ref := range app.Vm {
		if vm, ok := s.Inv.Lookup(ref).(*mo.VirtualMachine); ok && isOn(vm) {
			return true
		}
	}
	return false
}

func (s *Service) suspendAll(run *task.Run, app *mo.VirtualApp) error {
	for _, ref := range app.Vm {
		turn := s.Tasks.Queues().Join(ref.Value)
		turn.Wait(run.Ctx)
		err := s.suspend(run.Ctx, ref)
		turn.Leave()
		if err != nil && !fault.Is[types.InvalidPowerState](err) && !fault.Is[types.ManagedObjectNotFound](err) {
			return err
		}
	}
	for _, ref := range app.ResourcePool.ResourcePool {
		if nested, ok := s.Inv.Lookup(ref).(*mo.VirtualApp); ok {
			if err := s.suspendAll(run, nested); err != nil {
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
		summary.VAppState, summary.Suspended = types.VirtualAppVAppStateStopped, types.NewBool(true)
		return nil
	})
}
