package ops

import (
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

func (s *Service) hostHandlers() {
	m := s.Mux
	rpc.Handle(m, "HostSystem", s.enterMaintenanceMode)
	rpc.Handle(m, "HostSystem", func(c *rpc.Call, _ *types.ExitMaintenanceMode_Task) (*types.ExitMaintenanceMode_TaskResponse, error) {
		ref, err := s.start(c, "HostSystem.exitMaintenanceMode", func(*task.Run) (types.AnyType, error) {
			return nil, s.editHost(c.This, func(_ *inventory.Tx, h *mo.HostSystem) error {
				if !h.Runtime.InMaintenanceMode {
					return fault.New(&types.InvalidState{})
				}
				h.Runtime.InMaintenanceMode = false
				return nil
			})
		})
		return &types.ExitMaintenanceMode_TaskResponse{Returnval: ref}, err
	})
	rpc.Handle(m, "HostSystem", func(c *rpc.Call, _ *types.DisconnectHost_Task) (*types.DisconnectHost_TaskResponse, error) {
		ref, err := s.start(c, "HostSystem.disconnect", func(*task.Run) (types.AnyType, error) {
			return nil, s.setConnection(c.This, types.HostSystemConnectionStateConnected, types.HostSystemConnectionStateDisconnected)
		})
		return &types.DisconnectHost_TaskResponse{Returnval: ref}, err
	})
	rpc.Handle(m, "HostSystem", func(c *rpc.Call, _ *types.ReconnectHost_Task) (*types.ReconnectHost_TaskResponse, error) {
		ref, err := s.start(c, "HostSystem.reconnect", func(*task.Run) (types.AnyType, error) {
			return nil, s.setConnection(c.This, types.HostSystemConnectionStateDisconnected, types.HostSystemConnectionStateConnected)
		})
		return &types.ReconnectHost_TaskResponse{Returnval: ref}, err
	})
}

// editHost changes a host, and keeps its summary in step.
func (s *Service) editHost(ref Ref, change func(tx *inventory.Tx, h *mo.HostSystem) error) error {
	return s.Inv.Update(func(tx *inventory.Tx) error {
		h, err := inventory.Edit[mo.HostSystem](tx, ref)
		if err != nil {
			return err
		}
		if err := change(tx, h); err != nil {
			return err
		}
		runtime := h.Runtime
		h.Summary.Runtime = &runtime
		return nil
	})
}

// setConnection connects or disconnects a host.
func (s *Service) setConnection(ref Ref, from, to types.HostSystemConnectionState) error {
	host, ok := s.Inv.Lookup(ref).(*mo.HostSystem)
	if !ok {
		return inventory.NotFound(ref)
	}
	if host.Runtime.ConnectionState != from {
		return fault.New(&types.InvalidState{})
	}
	return s.ConnectHost(ref.Value, to)
}

// connectionOf is how vCenter stands to a VM: by its host, and by the datastore
// of its configuration file.
func connectionOf(r inventory.Reader, vm *mo.VirtualMachine) types.VirtualMachineConnectionState {
	host, ok := r.Lookup(*vm.Runtime.Host).(*mo.HostSystem)
	switch {
	case ok && host.Runtime.ConnectionState != types.HostSystemConnectionStateConnected:
		return types.VirtualMachineConnectionStateDisconnected
	case !homeIsAccessible(r, vm):
		return types.VirtualMachineConnectionStateInaccessible
	}
	return types.VirtualMachineConnectionStateConnected
}

// enterMaintenanceMode ends when nothing runs on the host any more: DRS moves
// running VMs away where it is on, else somebody has to.
func (s *Service) enterMaintenanceMode(c *rpc.Call, r *types.EnterMaintenanceMode_Task) (*types.EnterMaintenanceMode_TaskResponse, error) {
	ref, err := s.start(c, "HostSystem.enterMaintenanceMode", func(run *task.Run) (types.AnyType, error) {
		deadline := time.Now().Add(time.Duration(r.Timeout) * time.Second)
		for {
			busy, err := s.evacuate(run, c.This, r.EvacuatePoweredOffVms != nil && *r.EvacuatePoweredOffVms)
			if err != nil {
				return nil, err
			}
			if !busy {
				break
			}
			if r.Timeout > 0 && time.Now().After(deadline) {
				return nil, fault.New(&types.Timedout{})
			}
			select {
			case <-run.Ctx.Done():
				return nil, fault.New(&types.RequestCanceled{})
			case <-time.After(100 * time.Millisecond):
			}
		}
		return nil, s.editHost(c.This, func(_ *inventory.Tx, h *mo.HostSystem) error {
			if h.Runtime.InMaintenanceMode {
				return fault.New(&types.InvalidState{})
			}
			h.Runtime.InMaintenanceMode = true
			return nil
		})
	})
	return &types.EnterMaintenanceMode_TaskResponse{Returnval: ref}, err
}

// evacuate moves what DRS may move off a host, and says whether VMs run on it.
func (s *Service) evacuate(run *task.Run, ref Ref, poweredOff bool) (busy bool, err error) {
	host, ok := s.Inv.Lookup(ref).(*mo.HostSystem)
	if !ok {
		return false, inventory.NotFound(ref)
	}
	for _, each := range host.Vm {
		vm, err := s.Machine(each)
		if err != nil {
			continue
		}
		runs := vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff
		if !runs && !poweredOff {
			continue
		}
		moved := false
		s.Inv.View(func(r inventory.Reader) { moved = drsEnabled(r, *host.Parent) })
		if moved {
			turn := s.Tasks.Queues().Join(each.Value)
			turn.Wait(run.Ctx)
			moved = s.leaveHost(run, vm) == nil
			turn.Leave()
		}
		busy = busy || runs && !moved
	}
	return busy, nil
}

// leaveHost moves a VM to another host of its cluster.
func (s *Service) leaveHost(run *task.Run, vm *mo.VirtualMachine) (err error) {
	var other *Ref
	s.Inv.View(func(r inventory.Reader) { other, err = otherHost(r, *vm.Runtime.Host) })
	if err != nil {
		return err
	}
	return s.migrate(run.Ctx, vm.Self, other, nil, nil)
}

// otherHost is a host of the same cluster that takes VMs.
func otherHost(r inventory.Reader, ref Ref) (*Ref, error) {
	from, err := inventory.Get[mo.HostSystem](r, ref)
	if err != nil {
		return nil, err
	}
	cluster, err := inventory.Get[mo.ClusterComputeResource](r, *from.Parent)
	if err != nil {
		return nil, err
	}
	for _, each := range cluster.Host {
		h, ok := r.Lookup(each).(*mo.HostSystem)
		if ok && each != ref && h.Runtime.ConnectionState == types.HostSystemConnectionStateConnected && !h.Runtime.InMaintenanceMode {
			return &h.Self, nil
		}
	}
	return nil, fault.New(&types.NoCompatibleHost{})
}

// hostToStartOn is another host where a VM's own is in maintenance: DRS places
// VMs at power-on. nil where it may stay.
func (s *Service) hostToStartOn(vm *mo.VirtualMachine) (other *Ref, err error) {
	s.Inv.View(func(r inventory.Reader) {
		host, ok := r.Lookup(*vm.Runtime.Host).(*mo.HostSystem)
		if !ok || !host.Runtime.InMaintenanceMode {
			return
		}
		if err = fault.New(&types.InvalidState{}); drsEnabled(r, *host.Parent) {
			other, err = otherHost(r, host.Self)
		}
	})
	return other, err
}
