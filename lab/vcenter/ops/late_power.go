package ops

import (
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// latePower is what vCenter still takes VMs for whose power has changed, where
// it hears of that late. The inventory has what is. The zero value is ready.
type latePower struct {
	mu sync.Mutex
	// byRef has what was before each change that isn't told yet, oldest first.
	byRef map[Ref][]types.VirtualMachineRuntimeInfo
}

func (l *latePower) hold(ref Ref, before types.VirtualMachineRuntimeInfo) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byRef == nil {
		l.byRef = map[Ref][]types.VirtualMachineRuntimeInfo{}
	}
	l.byRef[ref] = append(l.byRef[ref], before)
}

// release tells of a VM's oldest change.
func (l *latePower) release(ref Ref) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byRef[ref] = l.byRef[ref][1:]; len(l.byRef[ref]) == 0 {
		delete(l.byRef, ref)
	}
}

// told gives a VM as vCenter takes it to be: itself, or a copy.
func (l *latePower) told(vm *mo.VirtualMachine) *mo.VirtualMachine {
	l.mu.Lock()
	held := l.byRef[vm.Self]
	l.mu.Unlock()
	if len(held) == 0 {
		return vm
	}
	told := *vm
	for _, runtime := range []*types.VirtualMachineRuntimeInfo{&told.Runtime, &told.Summary.Runtime} {
		runtime.PowerState, runtime.CleanPowerOff = held[0].PowerState, held[0].CleanPowerOff
		runtime.BootTime, runtime.SuspendTime = held[0].BootTime, held[0].SuspendTime
	}
	return &told
}

// through gives the inventory as clients are told of it.
func (l *latePower) through(r inventory.Reader) inventory.Reader { return toldReader{r, l} }

type toldReader struct {
	inventory.Reader
	late *latePower
}

// Lookup implements inventory.Reader.
func (r toldReader) Lookup(ref Ref) inventory.Object {
	o := r.Reader.Lookup(ref)
	if vm, ok := o.(*mo.VirtualMachine); ok {
		return r.late.told(vm)
	}
	return o
}

// changePower is editMachine of a change of a VM's power, which is told late
// where that is assumed.
func (s *Service) changePower(ref Ref, change func(tx *inventory.Tx, vm *mo.VirtualMachine) error) error {
	lag := s.Assumed().PowerLagMs
	if lag <= 0 {
		return s.editMachine(ref, change)
	}
	vm, err := s.Machine(ref)
	if err != nil {
		return err
	}
	s.latePower.hold(ref, vm.Runtime)
	time.AfterFunc(time.Duration(lag)*time.Millisecond, func() {
		s.latePower.release(ref)
		// Whoever watches looks again.
		_ = s.editMachine(ref, func(*inventory.Tx, *mo.VirtualMachine) error { return nil })
	})
	return s.editMachine(ref, change)
}
