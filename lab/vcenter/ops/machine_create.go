package ops

import (
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

func (s *Service) createVM(c *rpc.Call, r *types.CreateVM_Task) (*types.CreateVM_TaskResponse, error) {
	at := place{folder: &c.This, pool: r.Pool, host: r.Host}
	if err := s.checkPlace(at); err != nil {
		return nil, err
	}
	ref, err := s.startFree(c, "Folder.createVm", func(run *task.Run) (types.AnyType, error) {
		return s.newMachine(run, at, r.Config)
	})
	return &types.CreateVM_TaskResponse{Returnval: ref}, err
}

func (s *Service) createChildVM(c *rpc.Call, r *types.CreateChildVM_Task) (*types.CreateChildVM_TaskResponse, error) {
	at := place{pool: c.This, host: r.Host}
	if err := s.checkPlace(at); err != nil {
		return nil, err
	}
	ref, err := s.startFree(c, "ResourcePool.createVm", func(run *task.Run) (types.AnyType, error) {
		return s.newMachine(run, at, r.Config)
	})
	return &types.CreateChildVM_TaskResponse{Returnval: ref}, err
}

// newMachine does the work of creating a VM. Files come first, then the
// inventory; if anything fails, the files go again.
func (s *Service) newMachine(run *task.Run, at place, spec types.VirtualMachineConfigSpec) (types.AnyType, error) {
	name, err := s.checkName(spec.Name)
	if err != nil {
		return nil, err
	}
	if s.namesAreUnique(at) {
		release, ok := s.names.take(at.parent(), name)
		if !ok {
			return nil, fault.New(&types.DuplicateName{Name: name, Object: at.parent()})
		}
		defer release()
		s.Inv.View(func(r inventory.Reader) { err = checkUnique(r, at.parent(), name, nil) })
		if err != nil {
			return nil, err
		}
	}
	config, err := newConfig(name, spec)
	if err != nil {
		return nil, err
	}
	var undo undoLog
	defer undo.run()
	vmx, err := s.claimHome(name, spec.Files, &undo)
	if err != nil {
		return nil, err
	}
	homeFiles(config, vmx)
	work := &configWork{s: s, vmx: vmx, undo: &undo}
	if err := work.devices(config, spec.DeviceChange); err != nil {
		return nil, err
	}
	if err := run.Ctx.Err(); err != nil {
		return nil, fault.New(&types.RequestCanceled{})
	}
	ref, err := s.addMachine(at, config)
	if err != nil {
		return nil, err
	}
	undo.clear()
	s.writeVMX(ref)
	return ref, nil
}

// newConfig makes the configuration that spec asks for, its devices aside.
func newConfig(name string, spec types.VirtualMachineConfigSpec) (*types.VirtualMachineConfigInfo, error) {
	now := time.Now()
	config := &types.VirtualMachineConfigInfo{
		Name: name, Version: "vmx-19", Uuid: uuid.NewString(), InstanceUuid: uuid.NewString(), CreateDate: &now,
		GuestId: string(types.VirtualMachineGuestOsIdentifierOtherGuest), GuestFullName: "Other (32-bit)", Firmware: "bios",
		Tools:           &types.ToolsConfigInfo{BeforeGuestStandby: types.NewBool(true), ToolsVersion: 0},
		DefaultPowerOps: types.VirtualMachineDefaultPowerOpInfo{PowerOffType: "preset", SuspendType: "preset", ResetType: "preset"},
		Hardware: types.VirtualHardware{
			NumCPU: 1, NumCoresPerSocket: types.NewInt32(1), MemoryMB: 32, Device: inventory.DeepCopy(esx.VirtualDevice),
		},
		CpuAllocation: &types.ResourceAllocationInfo{
			Reservation: types.NewInt64(0), ExpandableReservation: types.NewBool(false), Limit: types.NewInt64(-1),
			Shares: &types.SharesInfo{Level: types.SharesLevelNormal, Shares: 1000},
		},
		MemoryAllocation: &types.ResourceAllocationInfo{
			Reservation: types.NewInt64(0), ExpandableReservation: types.NewBool(false), Limit: types.NewInt64(-1),
			Shares: &types.SharesInfo{Level: types.SharesLevelNormal, Shares: 320},
		},
		MemoryHotAddEnabled: types.NewBool(false), CpuHotAddEnabled: types.NewBool(false), CpuHotRemoveEnabled: types.NewBool(false),
	}
	for _, d := range config.Hardware.Device {
		// The templates count devices that a new VM doesn't have yet.
		if c, ok := d.(types.BaseVirtualController); ok && d.GetVirtualDevice().Key != 100 {
			switch d.GetVirtualDevice().Key {
			case 200, 201, 400:
				c.GetVirtualController().Device = nil
			}
		}
	}
	return config, mergeSpec(config, spec, false)
}

// addMachine puts a VM into the inventory: into its folder or vApp, its pool,
// and onto a host.
func (s *Service) addMachine(at place, config *types.VirtualMachineConfigInfo) (ref Ref, err error) {
	err = s.Inv.Update(func(tx *inventory.Tx) error {
		if s.namesAreUnique(at) {
			if err := checkUnique(tx, at.parent(), config.Name, nil); err != nil {
				return err
			}
		}
		pool, err := editPool(tx, at.pool)
		if err != nil {
			return err
		}
		networks := usedNetworks(tx, &mo.VirtualMachine{Config: config})
		host, err := chooseHost(tx, pool.Owner, at.host, networks)
		if err != nil {
			return err
		}
		ref = tx.NewRef("VirtualMachine", "vm")
		s.settleInstanceUUID(tx, config)
		vm := &mo.VirtualMachine{Config: config}
		vm.ManagedEntity = newEntity(ref, at.folder, config.Name)
		vm.ResourcePool = &Ref{Type: at.pool.Type, Value: at.pool.Value}
		vm.EnvironmentBrowser = Ref{Type: "EnvironmentBrowser", Value: "envbrowser-1"}
		vm.Runtime = types.VirtualMachineRuntimeInfo{
			Host: &host, ConnectionState: types.VirtualMachineConnectionStateConnected, PowerState: types.VirtualMachinePowerStatePoweredOff,
			FaultToleranceState: types.VirtualMachineFaultToleranceStateNotConfigured, RecordReplayState: types.VirtualMachineRecordReplayStateInactive,
			CleanPowerOff: types.NewBool(true),
		}
		vm.Capability = types.VirtualMachineCapability{PoweredOffSnapshotsSupported: true, DisableSnapshotsSupported: true, LockSnapshotsSupported: true,
			DiskSharesSupported: true}
		resetGuest(vm)
		touchConfig(vm)
		s.refresh(tx, vm)
		tx.Add(vm)
		pool.Vm = append(pool.Vm, ref)
		if at.folder != nil {
			folder, err := inventory.Edit[mo.Folder](tx, *at.folder)
			if err != nil {
				return err
			}
			folder.ChildEntity = append(folder.ChildEntity, ref)
		} else {
			vm.ParentVApp = &Ref{Type: at.pool.Type, Value: at.pool.Value}
			addEntityConfig(inventory.MustEdit[mo.VirtualApp](tx, at.pool), vm)
		}
		h := inventory.MustEdit[mo.HostSystem](tx, host)
		h.Vm = append(h.Vm, ref)
		linkMachine(tx, vm, nil, nil)
		s.events.vm(tx, &types.VmCreatedEvent{}, vm)
		return nil
	})
	return ref, err
}

// settleInstanceUUID gives a VM another instance UUID if one has its own.
// VirtualMachineConfigSpec: vCenter changes it "if a conflict is detected".
func (s *Service) settleInstanceUUID(r inventory.Reader, config *types.VirtualMachineConfigInfo) {
	if s.Assumed().SameInstanceUuids {
		return
	}
	for other := range inventory.All[mo.VirtualMachine](r) {
		if other.Config.InstanceUuid == config.InstanceUuid {
			config.InstanceUuid = uuid.NewString()
			return
		}
	}
}
