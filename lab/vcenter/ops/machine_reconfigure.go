package ops

import (
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/device"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

func (s *Service) reconfigVM(c *rpc.Call, r *types.ReconfigVM_Task) (*types.ReconfigVM_TaskResponse, error) {
	ref, err := s.start(c, "VirtualMachine.reconfigure", func(run *task.Run) (types.AnyType, error) {
		return nil, s.reconfigure(run, c.This, r.Spec)
	})
	return &types.ReconfigVM_TaskResponse{Returnval: ref}, err
}

// reconfigure works on a copy of the configuration, does to files and to the
// running guest what the change needs, and commits. The guest may set
// guestinfo keys meanwhile, so all but the devices is merged once more then.
func (s *Service) reconfigure(run *task.Run, ref Ref, spec types.VirtualMachineConfigSpec) error {
	vm, err := s.Machine(ref)
	if err != nil {
		return err
	}
	if spec.ChangeVersion != "" && spec.ChangeVersion != vm.Config.ChangeVersion {
		return fault.New(&types.ConcurrentAccess{})
	}
	if spec.Name != "" {
		if spec.Name, err = s.checkName(spec.Name); err != nil {
			return err
		}
	}
	if spec.Files != nil && spec.Files.VmPathName != "" && spec.Files.VmPathName != vm.Config.Files.VmPathName {
		return fault.InvalidArgument("configSpec.files.vmPathName")
	}
	config := inventory.DeepCopy(vm.Config)
	if err := mergeSpec(config, spec, isOn(vm)); err != nil {
		return err
	}
	var undo undoLog
	defer undo.run()
	p, hostDir, err := s.hostPath(vm.Config.Files.VmPathName)
	if err != nil {
		return err
	}
	work := &configWork{s: s, vmx: home{p, hostDir}, undo: &undo}
	if err := work.devices(config, spec.DeviceChange); err != nil {
		return err
	}
	for _, file := range work.destroy {
		if err := s.canDelete(file, ref); err != nil {
			return err
		}
	}
	if isOn(vm) {
		if err := s.hotPlug(run, vm, work, spec.DeviceChange); err != nil {
			return err
		}
	}
	err = s.editMachine(ref, func(tx *inventory.Tx, vm *mo.VirtualMachine) error {
		if spec.Name != "" && spec.Name != vm.Name {
			if err := checkUnique(tx, *inventory.Parent(vm), spec.Name, &ref); err != nil {
				return err
			}
			setName(vm, spec.Name)
		}
		if err := mergeSpec(vm.Config, spec, isOn(vm)); err != nil {
			return err
		}
		if s.Assumed().ResetUnset {
			resetAllocations(vm.Config, spec)
		}
		vm.Config.Hardware.Device = config.Hardware.Device
		touchConfig(vm)
		datastores, networks := vm.Datastore, vm.Network
		s.refresh(tx, vm)
		linkMachine(tx, vm, datastores, networks)
		s.events.vm(tx, &types.VmReconfiguredEvent{ConfigSpec: spec}, vm)
		return nil
	})
	if err != nil {
		return err
	}
	undo.clear()
	if len(work.destroy) > 0 {
		s.Inv.Sync() // no VM comes back without its disk
	}
	for _, file := range work.destroy {
		if _, host, err := s.hostPath(file); err == nil {
			_ = s.Disks.Delete(host)
		}
	}
	s.writeVMX(ref)
	if isOn(vm) {
		s.tellGuest(run, ref, spec.ExtraConfig)
	}
	return nil
}

// hotPlug does a change of devices to a running guest.
func (s *Service) hotPlug(run *task.Run, vm *mo.VirtualMachine, work *configWork, changes []types.BaseVirtualDeviceConfigSpec) error {
	for _, c := range changes {
		spec := c.GetVirtualDeviceConfigSpec()
		if !hotPluggable(spec) {
			return fault.New(&types.InvalidPowerState{
				RequestedState: types.VirtualMachinePowerStatePoweredOff, ExistingState: types.VirtualMachinePowerStatePoweredOn})
		}
	}
	id := vm.Self.Value
	for _, disk := range work.detached {
		gone, err := s.guestDisk(vm.Config.Hardware.Device, disk)
		if err != nil {
			return err
		}
		if err := s.Driver.DetachDisk(run.Ctx, id, gone); err != nil {
			return fault.Newf(&types.GenericVmConfigFault{Reason: err.Error()}, "The disk could not be detached: %v", err)
		}
		claims := s.diskClaims(disk)
		s.locks.Release(id, claims)
		s.machines.unclaim(id, claims)
		work.undo.add(func() {
			if _, ok := s.locks.Acquire(id, claims); ok && s.Driver.AttachDisk(run.Ctx, id, gone) == nil {
				s.machines.claim(id, claims)
			}
		})
	}
	for _, disk := range work.attached {
		if err := s.hotAdd(run, vm, disk, work); err != nil {
			return err
		}
	}
	for _, nic := range work.nics {
		if err := s.Driver.SetNIC(run.Ctx, id, s.guestNIC(nic)); err != nil {
			return fault.Newf(&types.GenericVmConfigFault{Reason: err.Error()}, "The network card could not be changed: %v", err)
		}
	}
	return nil
}

func (s *Service) hotAdd(run *task.Run, vm *mo.VirtualMachine, disk *types.VirtualDisk, work *configWork) error {
	id := vm.Self.Value
	claims := s.diskClaims(disk)
	if err := s.lockDisks(vm.Self, disk, claims); err != nil {
		return err
	}
	controllers := append(append([]types.BaseVirtualDevice(nil), vm.Config.Hardware.Device...), disk)
	added, err := s.guestDisk(controllers, disk)
	if err == nil {
		if err = s.Driver.AttachDisk(run.Ctx, id, added); err != nil {
			err = fault.Newf(&types.GenericVmConfigFault{Reason: err.Error()}, "The disk could not be attached: %v", err)
		}
	}
	if err != nil {
		s.locks.Release(id, claims)
		return err
	}
	s.machines.claim(id, claims)
	work.undo.add(func() {
		_ = s.Driver.DetachDisk(run.Ctx, id, added)
		s.locks.Release(id, claims)
		s.machines.unclaim(id, claims)
	})
	return nil
}

// hotPluggable says whether a change goes with a running guest: disks may come
// and go, network cards and removable media may be reconnected.
func hotPluggable(c *types.VirtualDeviceConfigSpec) bool {
	_, disk := c.Device.(*types.VirtualDisk)
	return disk || c.Operation == types.VirtualDeviceConfigSpecOperationEdit
}

// tellGuest hands changed guestinfo keys to the running guest.
func (s *Service) tellGuest(run *task.Run, ref Ref, set []types.BaseOptionValue) {
	for _, o := range set {
		v := o.GetOptionValue()
		if text, ok := v.Value.(string); ok && strings.HasPrefix(v.Key, "guestinfo.") {
			if err := s.Driver.GuestInfo(run.Ctx, ref.Value, v.Key, text); err != nil {
				s.Log.Warn("guest wasn't told a key", "vm", ref.Value, "key", v.Key, "error", err)
			}
		}
	}
}

// diskClaims are the files that a running VM opens for a disk: the leaf to
// write, the rest of the chain to read.
func (s *Service) diskClaims(disk *types.VirtualDisk) (claims []datastore.Claim) {
	for i, file := range device.Chain(disk) {
		if _, host, err := s.hostPath(file); err == nil {
			claims = append(claims, datastore.Claim{Path: host, Write: i == 0})
		}
	}
	return claims
}

// lockDisks takes the claims of a disk for the VM, or says that it is locked. A
// disk with children at other VMs can't be written to, whether they run or not:
// the first write would break their chains.
func (s *Service) lockDisks(ref Ref, disk *types.VirtualDisk, claims []datastore.Claim) error {
	chain := device.Chain(disk)
	if len(chain) > 0 && s.disks.isParent(chain[0]) {
		return lockedFault(chain[0])
	}
	if file, ok := s.locks.Acquire(ref.Value, claims); !ok {
		return lockedFault(s.datastorePath(file))
	}
	return nil
}
