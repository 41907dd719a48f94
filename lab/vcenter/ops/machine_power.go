package ops

import (
	"context"
	"net"
	"net/url"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/device"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
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
	ref, err := s.start(c, "VirtualMachine.powerOn", func(run *task.Run) (types.AnyType, error) {
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
	ref, err := s.start(c, "VirtualMachine.powerOff", func(run *task.Run) (types.AnyType, error) {
		return nil, s.powerOff(run.Ctx, c.This)
	})
	return &types.PowerOffVM_TaskResponse{Returnval: ref}, err
}

func (s *Service) resetVM(c *rpc.Call, _ *types.ResetVM_Task) (*types.ResetVM_TaskResponse, error) {
	ref, err := s.start(c, "VirtualMachine.reset", func(run *task.Run) (types.AnyType, error) {
		vm, err := s.Machine(c.This)
		if err != nil {
			return nil, err
		}
		if !isOn(vm) {
			return nil, powerFault(vm, types.VirtualMachinePowerStatePoweredOn)
		}
		return nil, driverFault(s.Driver.Reset(run.Ctx, c.This.Value))
	})
	return &types.ResetVM_TaskResponse{Returnval: ref}, err
}

func (s *Service) suspendVM(c *rpc.Call, _ *types.SuspendVM_Task) (*types.SuspendVM_TaskResponse, error) {
	ref, err := s.start(c, "VirtualMachine.suspend", func(run *task.Run) (types.AnyType, error) {
		return nil, s.suspend(run.Ctx, c.This)
	})
	return &types.SuspendVM_TaskResponse{Returnval: ref}, err
}

func (s *Service) suspend(ctx context.Context, ref Ref) error {
	vm, err := s.Machine(ref)
	if err != nil {
		return err
	}
	if !isOn(vm) {
		return powerFault(vm, types.VirtualMachinePowerStateSuspended)
	}
	if err := s.Driver.Suspend(ctx, ref.Value); err != nil {
		return driverFault(err)
	}
	return s.editMachine(ref, func(tx *inventory.Tx, vm *mo.VirtualMachine) error {
		now := time.Now()
		vm.Runtime.PowerState, vm.Runtime.SuspendTime = types.VirtualMachinePowerStateSuspended, &now
		resetGuest(vm)
		summarize(vm)
		s.events.vm(tx, &types.VmSuspendedEvent{}, vm)
		return nil
	})
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

// powerOn starts a VM, or resumes a suspended one.
func (s *Service) powerOn(ctx context.Context, ref Ref, host *Ref) error {
	vm, err := s.Machine(ref)
	if err != nil {
		return err
	}
	switch {
	case vm.Config.Template:
		return fault.New(&types.NotSupported{})
	case isOn(vm):
		return powerFault(vm, types.VirtualMachinePowerStatePoweredOn)
	case vm.Runtime.PowerState == types.VirtualMachinePowerStateSuspended:
		if err := s.Driver.Resume(ctx, ref.Value); err != nil {
			return driverFault(err)
		}
		return s.poweredOn(ref, host)
	}
	if host == nil {
		if host, err = s.hostToStartOn(vm); err != nil {
			return err
		}
	}
	machine, err := s.guestMachine(vm)
	if err != nil {
		return err
	}
	if err := s.proxiesAnswer(ctx, machine); err != nil {
		return err
	}
	var claims []datastore.Claim
	for _, disk := range device.Disks(vm.Config.Hardware.Device) {
		more := s.diskClaims(disk)
		if err := s.checkChain(disk); err == nil {
			err = s.lockDisks(ref, disk, more)
			if err != nil {
				s.locks.Release(ref.Value, claims)
				return err
			}
		} else {
			s.locks.Release(ref.Value, claims)
			return err
		}
		claims = append(claims, more...)
	}
	if written := serialClaims(machine); len(written) > 0 {
		if _, ok := s.locks.Acquire(ref.Value, written); ok {
			claims = append(claims, written...)
		}
	}
	run := s.machines.begin(ref.Value, keysOf(vm.Config.ExtraConfig), claims)
	if err := s.Driver.PowerOn(ctx, machine, &runEvents{s, ref, run.number, time.Now()}); err != nil {
		s.machines.end(ref.Value)
		s.locks.Release(ref.Value, claims)
		return driverFault(err)
	}
	return s.poweredOn(ref, host)
}

// proxiesAnswer refuses a machine one of whose serial ports leads to a proxy
// that doesn't answer, where that is assumed.
func (s *Service) proxiesAnswer(ctx context.Context, m guest.Machine) error {
	if !s.Assumed().SerialMustAnswer {
		return nil
	}
	for _, serial := range m.Serials {
		u, err := url.Parse(serial.ProxyURI)
		if serial.ProxyURI == "" || err != nil {
			continue
		}
		conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", u.Host)
		if err != nil {
			return driverFault(err)
		}
		_ = conn.Close()
	}
	return nil
}

// checkChain refuses a disk whose files are gone.
func (s *Service) checkChain(disk *types.VirtualDisk) error {
	for _, file := range device.Chain(disk) {
		_, host, err := s.hostPath(file)
		if err != nil {
			return err
		}
		if _, err := s.Disks.Info(host); err != nil {
			return diskFault(err, file)
		}
	}
	return nil
}

func (s *Service) poweredOn(ref Ref, host *Ref) error {
	return s.editMachine(ref, func(tx *inventory.Tx, vm *mo.VirtualMachine) error {
		now := time.Now()
		resumed := vm.Runtime.PowerState == types.VirtualMachinePowerStateSuspended
		vm.Runtime.PowerState, vm.Runtime.SuspendTime = types.VirtualMachinePowerStatePoweredOn, nil
		if !resumed {
			vm.Runtime.BootTime = &now
		}
		vm.Runtime.CleanPowerOff = nil
		connect(vm, true)
		if host != nil && *host != *vm.Runtime.Host {
			moveHost(tx, vm, *host)
		}
		if vm.Guest.GuestState != "running" { // the guest may have been faster
			vm.Guest.GuestState = "running"
		}
		summarize(vm)
		s.events.vm(tx, &types.VmPoweredOnEvent{}, vm)
		return nil
	})
}

// connect sets the devices' connected state at power-on and power-off.
func connect(vm *mo.VirtualMachine, on bool) {
	for _, d := range vm.Config.Hardware.Device {
		c := d.GetVirtualDevice().Connectable
		if c == nil {
			continue
		}
		c.Connected = on && c.StartConnected
		c.Status = string(types.VirtualDeviceConnectInfoStatusUntried)
		if c.Connected {
			c.Status = string(types.VirtualDeviceConnectInfoStatusOk)
		}
	}
}

// powerOff pulls the cord.
func (s *Service) powerOff(ctx context.Context, ref Ref) error {
	vm, err := s.Machine(ref)
	if err != nil {
		return err
	}
	if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff {
		return powerFault(vm, types.VirtualMachinePowerStatePoweredOff)
	}
	if err := s.Driver.PowerOff(ctx, ref.Value); err != nil {
		return driverFault(err)
	}
	return s.poweredOff(ref)
}

// poweredOff notes that a VM's run has ended, however it did: with what its
// guest had written by then.
func (s *Service) poweredOff(ref Ref) error { return s.runEnded(ref, true) }

// runEnded is poweredOff of a run that ended in order, or, where clean is
// false, with its VMX process or its host.
func (s *Service) runEnded(ref Ref, clean bool) error {
	turn := s.heard.Join(ref.Value)
	turn.Wait(s.ctx)
	turn.Leave()
	run := s.machines.end(ref.Value)
	if run != nil {
		s.locks.Release(ref.Value, run.claims)
	}
	keep := s.Assumed().KeepVolatileKeys
	err := s.editMachine(ref, func(tx *inventory.Tx, vm *mo.VirtualMachine) error {
		vm.Runtime.PowerState, vm.Runtime.BootTime, vm.Runtime.SuspendTime = types.VirtualMachinePowerStatePoweredOff, nil, nil
		vm.Runtime.CleanPowerOff = types.NewBool(clean)
		connect(vm, false)
		resetGuest(vm)
		if run != nil && !keep {
			dropVolatile(vm, run.atPowerOn)
		}
		datastores, networks := vm.Datastore, vm.Network
		s.refresh(tx, vm)
		linkMachine(tx, vm, datastores, networks)
		s.events.vm(tx, &types.VmPoweredOffEvent{}, vm)
		return nil
	})
	if err == nil {
		s.writeVMX(ref)
	}
	return err
}

// dropVolatile drops the keys that weren't there at power-on.
func dropVolatile(vm *mo.VirtualMachine, atPowerOn map[string]bool) {
	kept := only(vm.Config.ExtraConfig, atPowerOn)
	if len(kept) != len(vm.Config.ExtraConfig) {
		vm.Config.ExtraConfig = kept
		touchConfig(vm)
	}
}

// only gives the options in list whose keys are among keys.
func only(list []types.BaseOptionValue, keys map[string]bool) (kept []types.BaseOptionValue) {
	for _, o := range list {
		if keys[o.GetOptionValue().Key] {
			kept = append(kept, o)
		}
	}
	return kept
}

func keysOf(list []types.BaseOptionValue) map[string]bool {
	keys := map[string]bool{}
	for _, o := range list {
		keys[o.GetOptionValue().Key] = true
	}
	return keys
}
