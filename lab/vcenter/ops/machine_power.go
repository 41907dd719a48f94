package ops

import (
	"context"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

func (s *Service) powerOnVM(c *rpc.Call, r *types.PowerOnVM_Task) (*types.PowerOnVM_TaskResponse, error) {
	if r.Host != nil {
		if err := s.checkHost(c.This, *r.Host); err != nil {
			return nil, err
		}
	}
	ref, err := s.startPower(c, "VirtualMachine.powerOn", func(run *task.Run) (types.AnyType, error) {
		return nil, s.powerOn(run.Ctx, c.This, r.Host)
	})
	return &types.PowerOnVM_TaskResponse{Returnval: ref}, err
}

// checkHost refuses hosts that can't run the VM.
func (s *Service) checkHost(vm, host Ref) (err error) {
	s.Inv.View(func(r inventory.Reader) {
		h, missing := inventory.Get[mo.HostSystem](r, host)
		m, gone := inventory.Get[mo.VirtualMachine](r, vm)
		if err = missing; err == nil {
			err = gone
		}
		if err == nil && *h.Parent != computeOf(r, m) {
			err = fault.InvalidArgument("host")
		}
	})
	return err
}

func (s *Service) powerOffVM(c *rpc.Call, _ *types.PowerOffVM_Task) (*types.PowerOffVM_TaskResponse, error) {
	ref, err := s.startPower(c, "VirtualMachine.powerOff", func(run *task.Run) (types.AnyType, error) {
		return nil, s.powerOff(run.Ctx, c.This)
	})
	return &types.PowerOffVM_TaskResponse{Returnval: ref}, err
}

func (s *Service) resetVM(c *rpc.Call, _ *types.ResetVM_Task) (*types.ResetVM_TaskResponse, error) {
	ref, err := s.startPower(c, "VirtualMachine.reset", func(run *task.Run) (types.AnyType, error) {
		vm, err := s.Machine(c.This)
		if err != nil {
			return nil, err
		}
		if err := s.mustBe(vm, types.VirtualMachinePowerStatePoweredOn, types.VirtualMachinePowerStatePoweredOn); err != nil {
			return nil, err
		}
		return nil, driverFault(s.Driver.Reset(run.Ctx, c.This.Value))
	})
	return &types.ResetVM_TaskResponse{Returnval: ref}, err
}

func (s *Service) suspendVM(c *rpc.Call, _ *types.SuspendVM_Task) (*types.SuspendVM_TaskResponse, error) {
	ref, err := s.startPower(c, "VirtualMachine.suspend", func(run *task.Run) (types.AnyType, error) {
		return nil, s.suspend(run.Ctx, c.This)
	})
	return &types.SuspendVM_TaskResponse{Returnval: ref}, err
}

func (s *Service) suspend(ctx context.Context, ref Ref) error {
	vm, err := s.Machine(ref)
	if err != nil {
		return err
	}
	if err := s.mustBe(vm, types.VirtualMachinePowerStatePoweredOn, types.VirtualMachinePowerStateSuspended); err != nil {
		return err
	}
	if err := s.Driver.Suspend(ctx, ref.Value); err != nil {
		return driverFault(err)
	}
	return s.changePower(ref, func(tx *inventory.Tx, vm *mo.VirtualMachine) error {
		now := time.Now()
		vm.Runtime.PowerState, vm.Runtime.SuspendTime = types.VirtualMachinePowerStateSuspended, &now
		resetGuest(vm)
		summarize(vm)
		s.events.vm(tx, &types.VmSuspendedEvent{}, vm)
		return nil
	})
}

// mustBe refuses an operation towards a power state that needs another one than
// a VM has: by what vCenter takes it for, then by what its host knows.
func (s *Service) mustBe(vm *mo.VirtualMachine, state, wanted types.VirtualMachinePowerState) error {
	for _, each := range []*mo.VirtualMachine{s.latePower.told(vm), vm} {
		if each.Runtime.PowerState != state {
			return powerFault(each, wanted)
		}
	}
	return nil
}

// powerFault is what an operation gets that needs another power state.
func powerFault(vm *mo.VirtualMachine, wanted types.VirtualMachinePowerState) error {
	return fault.New(&types.InvalidPowerState{RequestedState: wanted, ExistingState: vm.Runtime.PowerState})
}

func driverFault(err error) error {
	if err == nil {
		return nil
	}
	return fault.Newf(&types.GenericVmConfigFault{Reason: err.Error()}, "%s", err.Error())
}

// powerOff pulls the cord.
func (s *Service) powerOff(ctx context.Context, ref Ref) error {
	vm, err := s.Machine(ref)
	if err != nil {
		return err
	}
	for _, each := range []*mo.VirtualMachine{s.latePower.told(vm), vm} {
		if state := each.Runtime.PowerState; state == types.VirtualMachinePowerStatePoweredOff || state == types.VirtualMachinePowerStateSuspended && s.Assumed().RefuseSuspended {
			return powerFault(each, types.VirtualMachinePowerStatePoweredOff)
		}
	}
	if err := s.Driver.PowerOff(ctx, ref.Value); err != nil {
		return driverFault(err)
	}
	return s.poweredOff(ref)
}
