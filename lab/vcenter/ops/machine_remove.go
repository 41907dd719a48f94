package ops

import (
	"os"
	"path/filepath"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/device"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

// unregisterVM is no task, and refuses a VM that has one under way (API
// reference: "TaskInProgress: if the virtual machine is busy"). It waits for
// what is none, as a guest that is just powering off.
func (s *Service) unregisterVM(c *rpc.Call, _ *types.UnregisterVM) (*types.UnregisterVMResponse, error) {
	vm, err := s.Machine(c.This)
	if err != nil {
		return nil, err
	}
	if busy := vm.RecentTask; len(busy) > 0 && !s.Assumed().UnregisterWaits {
		return nil, fault.New(&types.TaskInProgress{Task: busy[0]})
	}
	turn := s.Tasks.Queues().Join(c.This.Value)
	defer turn.Leave()
	turn.Wait(c.Ctx)
	if vm, err = s.Machine(c.This); err != nil {
		return nil, err
	}
	if err := s.mustBe(vm, types.VirtualMachinePowerStatePoweredOff, types.VirtualMachinePowerStatePoweredOff); err != nil {
		return nil, err
	}
	if err := s.reachable(c.This); err != nil {
		return nil, err
	}
	s.writeVMX(c.This)
	return &types.UnregisterVMResponse{}, s.removeMachine(c.This)
}

// removeMachine takes a VM out of the inventory, its files stay.
func (s *Service) removeMachine(ref Ref) error {
	return s.Inv.Update(func(tx *inventory.Tx) error {
		vm, err := inventory.Edit[mo.VirtualMachine](tx, ref)
		if err != nil {
			return err
		}
		s.events.vm(tx, &types.VmRemovedEvent{}, vm)
		if vm.Parent != nil {
			folder := inventory.MustEdit[mo.Folder](tx, *vm.Parent)
			folder.ChildEntity = inventory.RemoveRef(folder.ChildEntity, ref)
		}
		if vm.ResourcePool != nil { // a template has none
			if pool, err := editPool(tx, *vm.ResourcePool); err == nil {
				pool.Vm = inventory.RemoveRef(pool.Vm, ref)
			}
		}
		for _, node := range snapshotsOf(vm) {
			tx.Remove(node.Snapshot)
		}
		if vm.ParentVApp != nil {
			dropEntityConfig(inventory.MustEdit[mo.VirtualApp](tx, *vm.ParentVApp), ref)
		}
		if host, err := inventory.Edit[mo.HostSystem](tx, *vm.Runtime.Host); err == nil {
			host.Vm = inventory.RemoveRef(host.Vm, ref)
		}
		datastores, networks := vm.Datastore, vm.Network
		vm.Datastore, vm.Network = nil, nil
		linkMachine(tx, vm, datastores, networks)
		tx.Remove(ref)
		return nil
	})
}

func (s *Service) destroyVM(c *rpc.Call, _ *types.Destroy_Task) (*types.Destroy_TaskResponse, error) {
	ref, err := s.start(c, "VirtualMachine.destroy", func(*task.Run) (types.AnyType, error) {
		return nil, s.destroyMachine(c.This)
	})
	return &types.Destroy_TaskResponse{Returnval: ref}, err
}

// destroyMachineInTurn destroys a VM on behalf of a task of another object.
func (s *Service) destroyMachineInTurn(run *task.Run, ref Ref) error {
	turn := s.Tasks.Queues().Join(ref.Value)
	defer turn.Leave()
	turn.Wait(run.Ctx)
	return s.destroyMachine(ref)
}

// destroyMachine deletes a VM with its directory and disks, and with parents of
// its disks whose last child that was, as vCenter counts children: by the VMs
// in its inventory.
func (s *Service) destroyMachine(ref Ref) error {
	vm, err := s.Machine(ref)
	if err != nil {
		return err
	}
	if err := s.mustBe(vm, types.VirtualMachinePowerStatePoweredOff, types.VirtualMachinePowerStatePoweredOff); err != nil {
		return err
	}
	for _, disk := range device.Disks(vm.Config.Hardware.Device) {
		if b, _ := device.BackingOf(disk); b.File != "" {
			if err := s.canDelete(b.File, ref); err != nil {
				return err
			}
		}
	}
	if err := s.removeMachine(ref); err != nil {
		return err
	}
	s.Inv.Sync() // no VM comes back without its files
	keepParents := s.Assumed().KeepParents
	for _, disk := range device.Disks(vm.Config.Hardware.Device) {
		for i, file := range device.Chain(disk) {
			if i > 0 && (keepParents || s.disks.used(file, ref)) {
				break
			}
			if _, host, err := s.hostPath(file); err == nil {
				_ = s.Disks.Delete(host)
			}
		}
	}
	s.removeHome(vm)
	return nil
}

// canDelete refuses to delete a disk that is open, or that another VM has in a
// chain.
func (s *Service) canDelete(file string, owner Ref) error {
	_, host, err := s.hostPath(file)
	if err != nil {
		return err
	}
	if _, held := s.locks.Held(host); held || s.disks.isParent(file) && s.disks.used(file, owner) {
		return lockedFault(file)
	}
	return nil
}

// removeHome deletes the VM's directory, unless another VM lives in it too.
func (s *Service) removeHome(vm *mo.VirtualMachine) {
	p, host, err := s.hostPath(vm.Config.Files.VmPathName)
	if err != nil {
		return
	}
	shared := p.Dir().File == ""
	s.Inv.View(func(r inventory.Reader) {
		for other := range inventory.All[mo.VirtualMachine](r) {
			if q, err := datastore.ParsePath(other.Config.Files.VmPathName); err == nil && other.Self != vm.Self && q.Dir() == p.Dir() {
				shared = true
			}
		}
	})
	if shared {
		_ = os.Remove(host)
		return
	}
	_ = os.RemoveAll(filepath.Dir(host))
}
