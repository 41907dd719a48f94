package ops

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// carryLines moves a running machine's connections to another host, or
// refuses. A serial port without a proxy between keeps its machine where it is
// ("Using a Proxy with vSphere Virtual Serial Ports": "the host rejects the
// vMotion request to maintain the connection").
func (s *Service) carryLines(ctx context.Context, vm *mo.VirtualMachine) error {
	if !isOn(vm) {
		return nil
	}
	for _, d := range vm.Config.Hardware.Device {
		if port, ok := d.(*types.VirtualSerialPort); ok && startConnected(port.Connectable) {
			if b, ok := port.Backing.(*types.VirtualSerialPortURIBackingInfo); ok && b.ProxyURI == "" {
				return fault.New(&types.DeviceNotSupported{Device: port.DeviceInfo.GetDescription().Label})
			}
		}
	}
	if err := s.Driver.Migrate(ctx, vm.Self.Value); err != nil {
		return fault.Newf(&types.MigrationFault{}, "The migration failed: %v", err)
	}
	return nil
}

// changesHost says whether host is another one than the machine's.
func changesHost(vm *mo.VirtualMachine, host *Ref) bool {
	return host != nil && vm.Runtime.Host != nil && *host != *vm.Runtime.Host
}

// ErrNoVM says that there is no machine of that name.
var ErrNoVM = errors.New("no such VM")

// MoveToOtherHost is a vMotion to another host of the machine's cluster, as DRS
// does one. id is the machine's moref or name.
func (s *Service) MoveToOtherHost(ctx context.Context, id string) (to string, err error) {
	ref, err := s.FindVM(id)
	if err != nil {
		return "", err
	}
	turn := s.Tasks.Queues().Join(ref.Value)
	defer turn.Leave()
	turn.Wait(ctx)
	vm, err := s.Machine(ref)
	if err != nil {
		return "", err
	}
	var host *Ref
	s.Inv.View(func(r inventory.Reader) {
		current, missing := inventory.Get[mo.HostSystem](r, *vm.Runtime.Host)
		if missing != nil {
			return
		}
		for h := range inventory.All[mo.HostSystem](r) {
			if h.Self != current.Self && *h.Parent == *current.Parent && !h.Runtime.InMaintenanceMode {
				host, to = &h.Self, h.Name
				return
			}
		}
	})
	if host == nil {
		return "", fmt.Errorf("%s: there is no other host", id)
	}
	return to, s.migrate(ctx, ref, host, nil, nil)
}

// FindVM finds a machine by moref or name.
func (s *Service) FindVM(id string) (ref Ref, err error) {
	err = fmt.Errorf("%q: %w", id, ErrNoVM)
	s.Inv.View(func(r inventory.Reader) {
		for vm := range inventory.All[mo.VirtualMachine](r) {
			if vm.Self.Value == id || vm.Name == id {
				ref, err = vm.Self, nil
				return
			}
		}
	})
	return ref, err
}

// SerialLines gives the driver's lines and the machine's id; index -1 is made
// the first of its ports that leads to a proxy.
func (s *Service) SerialLines(id string, index int) (guest.SerialLines, string, int, error) {
	ref, err := s.FindVM(id)
	if err != nil {
		return nil, "", 0, err
	}
	lines, ok := s.Driver.(guest.SerialLines)
	if !ok {
		return nil, "", 0, errors.New("these guests have no serial lines")
	}
	there := lines.Lines(ref.Value)
	if index < 0 {
		indexes := []int{}
		for i := range there {
			indexes = append(indexes, i)
		}
		if len(indexes) == 0 {
			return nil, "", 0, fmt.Errorf("%s has no serial line, or is off", id)
		}
		index = slices.Min(indexes)
	}
	return lines, ref.Value, index, nil
}
