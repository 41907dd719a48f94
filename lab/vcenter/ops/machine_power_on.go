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
)

// powerOn starts a VM, or resumes a suspended one.
func (s *Service) powerOn(ctx context.Context, ref Ref, host *Ref) error {
	vm, err := s.Machine(ref)
	if err != nil {
		return err
	}
	told := s.latePower.told(vm)
	switch {
	case vm.Config.Template:
		return fault.New(&types.NotSupported{})
	case isOn(told):
		return powerFault(told, types.VirtualMachinePowerStatePoweredOn)
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
	return s.changePower(ref, func(tx *inventory.Tx, vm *mo.VirtualMachine) error {
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
