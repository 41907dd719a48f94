package ops

import (
	"context"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/device"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// canSwitchFiles refuses to give a running machine other disks where its driver
// can't, as QEMU's can't.
func (s *Service) canSwitchFiles(vm *mo.VirtualMachine) error {
	if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff {
		return nil
	}
	if _, ok := s.Driver.(guest.FileSwitcher); !ok {
		return fault.Newf(&types.NotSupported{}, "The lab's booted guests keep the disks that they were started with: power the virtual machine off.")
	}
	return nil
}

// switchFiles gives a running machine the files of its configuration, of which
// before had others, and locks those.
func (s *Service) switchFiles(ctx context.Context, ref Ref, before []types.BaseVirtualDevice) error {
	vm, err := s.Machine(ref)
	run := s.machines.get(ref.Value)
	if err != nil || run == nil {
		return err
	}
	machine, err := s.guestMachine(vm)
	if err != nil {
		return err
	}
	for _, disk := range device.Disks(before) {
		s.unlockDisk(ref, s.diskClaims(disk))
	}
	for _, disk := range device.Disks(vm.Config.Hardware.Device) {
		claims := s.diskClaims(disk)
		if _, ok := s.locks.Acquire(ref.Value, claims); ok {
			s.machines.claim(ref.Value, claims)
		}
	}
	return driverFault(s.Driver.(guest.FileSwitcher).SwitchFiles(ctx, machine))
}

func (s *Service) unlockDisk(ref Ref, claims []datastore.Claim) {
	s.locks.Release(ref.Value, claims)
	s.machines.unclaim(ref.Value, claims)
}

// showChain gives a disk the backing of the file that is its leaf from now on.
func (s *Service) showChain(disk *types.VirtualDisk, leaf string) error {
	p, err := s.parsePath(leaf)
	if err != nil {
		return err
	}
	ds, err := s.datastoreNamed(p.Datastore)
	if err != nil {
		return err
	}
	chain, capacity, err := s.readChain(leaf)
	if err != nil {
		return err
	}
	b, _ := device.BackingOf(disk)
	disk.CapacityInBytes, disk.CapacityInKB = capacity, capacity/1024
	device.SetChain(disk, ds.Self, b.Mode, b.Thin, chain)
	return nil
}

// leafOf is the file that a disk writes to.
func leafOf(disk *types.VirtualDisk) string {
	b, _ := device.BackingOf(disk)
	return b.File
}
