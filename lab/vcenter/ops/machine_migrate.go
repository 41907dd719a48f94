package ops

import (
	"context"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

func (s *Service) migrateVM(c *rpc.Call, r *types.MigrateVM_Task) (*types.MigrateVM_TaskResponse, error) {
	if r.Host == nil && r.Pool == nil {
		return nil, fault.InvalidArgument("host")
	}
	if err := s.existOptional(r.Host, r.Pool); err != nil {
		return nil, err
	}
	ref, err := s.start(c, "VirtualMachine.migrate", func(run *task.Run) (types.AnyType, error) {
		vm, err := s.Machine(c.This)
		if err == nil && r.State != "" && r.State != vm.Runtime.PowerState {
			err = powerFault(vm, r.State)
		}
		if err != nil {
			return nil, err
		}
		return nil, s.migrate(run.Ctx, c.This, r.Host, r.Pool, nil)
	})
	return &types.MigrateVM_TaskResponse{Returnval: ref}, err
}

// relocateVM moves to another host, pool or folder, and with all of its files
// to another datastore; single disks don't move.
func (s *Service) relocateVM(c *rpc.Call, r *types.RelocateVM_Task) (*types.RelocateVM_TaskResponse, error) {
	if err := s.existOptional(r.Spec.Host, r.Spec.Pool, r.Spec.Folder, r.Spec.Datastore); err != nil {
		return nil, err
	}
	ref, err := s.start(c, "VirtualMachine.relocate", func(run *task.Run) (types.AnyType, error) {
		vm, err := s.Machine(c.This)
		if err != nil {
			return nil, err
		}
		if len(r.Spec.Disk) > 0 || len(r.Spec.DeviceChange) > 0 {
			return nil, fault.New(&types.NotSupported{})
		}
		if s.changesStorage(vm, r.Spec.Datastore) {
			if err := s.moveStorage(run, c.This, r.Spec); err != nil {
				return nil, err
			}
		}
		return nil, s.migrate(run.Ctx, c.This, r.Spec.Host, r.Spec.Pool, r.Spec.Folder)
	})
	return &types.RelocateVM_TaskResponse{Returnval: ref}, err
}

func (s *Service) existOptional(refs ...*Ref) error {
	for _, ref := range refs {
		if ref != nil {
			if err := s.exist(*ref); err != nil {
				return err
			}
		}
	}
	return nil
}

// migrate moves a machine, its connections first where its host changes.
func (s *Service) migrate(ctx context.Context, ref Ref, host, pool, folder *Ref) error {
	vm, err := s.Machine(ref)
	if err == nil && changesHost(vm, host) {
		if err = s.checkTarget(vm, *host); err == nil {
			err = s.carryLines(ctx, vm)
		}
	}
	if err != nil {
		return err
	}
	return s.relocate(ref, host, pool, folder)
}

// checkTarget refuses hosts that can't take the machine.
func (s *Service) checkTarget(vm *mo.VirtualMachine, host Ref) (err error) {
	s.Inv.View(func(r inventory.Reader) {
		var target *mo.HostSystem
		if target, err = inventory.Get[mo.HostSystem](r, host); err != nil {
			return
		}
		if target.Runtime.InMaintenanceMode || target.Runtime.ConnectionState != types.HostSystemConnectionStateConnected {
			err = fault.New(&types.InvalidState{})
		}
	})
	return err
}

func (s *Service) relocate(ref Ref, host, pool, folder *Ref) error {
	return s.Inv.Update(func(tx *inventory.Tx) error {
		if pool != nil {
			if err := s.moveMachine(tx, *pool, ref); err != nil {
				return err
			}
		}
		if folder != nil {
			if err := moveIntoFolder(tx, *folder, ref); err != nil {
				return err
			}
		}
		vm, err := inventory.Edit[mo.VirtualMachine](tx, ref)
		if err != nil || host == nil || *host == *vm.Runtime.Host {
			return err
		}
		target, err := inventory.Get[mo.HostSystem](tx, *host)
		if err != nil {
			return err
		}
		if *target.Parent != computeOf(tx, vm) {
			return fault.InvalidArgument("host")
		}
		if target.Runtime.InMaintenanceMode || target.Runtime.ConnectionState != types.HostSystemConnectionStateConnected {
			return fault.New(&types.InvalidState{})
		}
		source := *vm.Runtime.Host
		moveHost(tx, vm, *host)
		s.events.vm(tx, &types.VmMigratedEvent{
			SourceHost: types.HostEventArgument{EntityEventArgument: types.EntityEventArgument{Name: entityName(tx, source)}, Host: source},
		}, vm)
		return nil
	})
}

// moveHost notes a VM at another host.
func moveHost(tx *inventory.Tx, vm *mo.VirtualMachine, host Ref) {
	from := inventory.MustEdit[mo.HostSystem](tx, *vm.Runtime.Host)
	from.Vm = inventory.RemoveRef(from.Vm, vm.Self)
	to := inventory.MustEdit[mo.HostSystem](tx, host)
	to.Vm = append(to.Vm, vm.Self)
	vm.Runtime.Host = &Ref{Type: host.Type, Value: host.Value}
	summarize(vm)
}
