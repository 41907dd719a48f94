package ops

import (
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

// powerOnVApp starts the vApp's VMs by start order, nested vApps included.
func (s *Service) powerOnVApp(c *rpc.Call, _ *types.PowerOnVApp_Task) (*types.PowerOnVApp_TaskResponse, error) {
	ref, err := s.start(c, "VirtualApp.powerOn", func(run *task.Run) (types.AnyType, error) {
		app, err := s.vApp(c.This)
		if err != nil {
			return nil, err
		}
		off := func(vm *mo.VirtualMachine) bool { return !isOn(vm) }
		if stateOf(app) == types.VirtualAppVAppStateStarted && !s.anyMachine(app, off) {
			return nil, fault.New(&types.InvalidState{})
		}
		return nil, s.actOnVApp(run, app, vAppAct{starts: true, machine: s.startEntity, state: types.VirtualAppVAppStateStarted})
	})
	return &types.PowerOnVApp_TaskResponse{Returnval: ref}, err
}

// powerOffVApp stops the vApp's VMs; force powers off those too whose stop
// action is a guest shutdown.
func (s *Service) powerOffVApp(c *rpc.Call, r *types.PowerOffVApp_Task) (*types.PowerOffVApp_TaskResponse, error) {
	ref, err := s.start(c, "VirtualApp.powerOff", func(run *task.Run) (types.AnyType, error) {
		app, err := s.vApp(c.This)
		if err != nil {
			return nil, err
		}
		stop := func(run *task.Run, e types.VAppEntityConfigInfo) error {
			if e.StopAction == "guestShutdown" && !r.Force {
				return s.shutdownAndWait(run.Ctx, *e.Key, e.StopDelay)
			}
			return s.powerOff(run.Ctx, *e.Key)
		}
		return nil, s.actOnVApp(run, app, vAppAct{machine: stop, state: types.VirtualAppVAppStateStopped})
	})
	return &types.PowerOffVApp_TaskResponse{Returnval: ref}, err
}

// suspendVApp suspends the VMs of a vApp that are on, in the order in which
// they would be stopped (reference, VirtualApp.SuspendVApp_Task).
func (s *Service) suspendVApp(c *rpc.Call, _ *types.SuspendVApp_Task) (*types.SuspendVApp_TaskResponse, error) {
	ref, err := s.start(c, "VirtualApp.suspend", func(run *task.Run) (types.AnyType, error) {
		app, err := s.vApp(c.This)
		if err != nil {
			return nil, err
		}
		if stateOf(app) == types.VirtualAppVAppStateStopped && !s.anyMachine(app, isOn) {
			return nil, fault.New(&types.InvalidPowerState{
				RequestedState: types.VirtualMachinePowerStateSuspended, ExistingState: types.VirtualMachinePowerStatePoweredOff})
		}
		suspend := func(run *task.Run, e types.VAppEntityConfigInfo) error { return s.suspend(run.Ctx, *e.Key) }
		return nil, s.actOnVApp(run, app, vAppAct{machine: suspend, state: types.VirtualAppVAppStateStopped, suspend: true})
	})
	return &types.SuspendVApp_TaskResponse{Returnval: ref}, err
}

func stateOf(app *mo.VirtualApp) types.VirtualAppVAppState {
	return app.Summary.(*types.VirtualAppSummary).VAppState
}

func (s *Service) startEntity(run *task.Run, e types.VAppEntityConfigInfo) error {
	if e.StartAction == "none" {
		return nil
	}
	return s.powerOn(run.Ctx, *e.Key, nil)
}
