package ops

import (
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// runEvents takes what a driver reports of one run of one VM.
type runEvents struct {
	s      *Service
	ref    Ref
	number int
	since  time.Time
}

// current says whether the run still goes on.
func (e *runEvents) current(id string) bool {
	run := e.s.machines.get(id)
	return id == e.ref.Value && run != nil && run.number == e.number
}

// later does work at once, or so many milliseconds later where vCenter hears of
// guests late; always in the order of one key, and not while the VM's host is
// away.
func (e *runEvents) later(key string, ms int, work func()) {
	turn := e.s.heard.Join(key)
	wait := func() {
		turn.Wait(e.s.ctx)
		e.s.hosts.wait(e.s.ctx, e.ref, e.s.hostOf)
		work()
		turn.Leave()
	}
	if ms <= 0 && turn.First() && !e.s.hosts.away(e.s.hostOf(e.ref)) {
		work()
		turn.Leave()
		return
	}
	time.AfterFunc(time.Duration(max(ms, 0))*time.Millisecond, wait)
}

// GuestInfo implements guest.Events.
func (e *runEvents) GuestInfo(id, key, value string) {
	if !e.current(id) || !strings.HasPrefix(key, "guestinfo.") {
		return
	}
	e.later(id, e.s.Assumed().GuestLagMs, func() {
		_ = e.s.editMachine(e.ref, func(_ *inventory.Tx, vm *mo.VirtualMachine) error {
			return e.s.setByGuest(vm, key, value)
		})
	})
}

// Guest implements guest.Events.
func (e *runEvents) Guest(id string, st guest.State) {
	if !e.current(id) {
		return
	}
	a := e.s.Assumed()
	if a.NoTools {
		return
	}
	wait := max(a.GuestLagMs, a.ToolsDelayMs-int(time.Since(e.since).Milliseconds()))
	e.later(id+" tools", wait, func() {
		_ = e.s.editMachine(e.ref, func(_ *inventory.Tx, vm *mo.VirtualMachine) error {
			if !e.current(id) {
				return nil
			}
			applyState(vm, st, e.s)
			summarize(vm)
			return nil
		})
	})
}

// PoweredOff implements guest.Events. It waits for its turn: a task may be at
// work on the VM.
func (e *runEvents) PoweredOff(id string, reason error) {
	if !e.current(id) {
		return
	}
	if reason != nil {
		e.s.Log.Warn("guest died", "vm", id, "error", reason)
	}
	e.later(id, e.s.Assumed().GuestLagMs, func() {
		turn := e.s.Tasks.Queues().Join(id)
		go func() {
			defer turn.Leave()
			turn.Wait(e.s.ctx)
			if e.current(id) {
				_ = e.s.runEnded(e.ref, reason == nil)
			}
		}()
	})
}

// Reset implements guest.Events.
func (e *runEvents) Reset(id string) {
	if !e.current(id) {
		return
	}
	_ = e.s.editMachine(e.ref, func(tx *inventory.Tx, vm *mo.VirtualMachine) error {
		now := time.Now()
		vm.Runtime.BootTime = &now
		resetGuest(vm)
		summarize(vm)
		e.s.events.vm(tx, &types.VmResettingEvent{}, vm)
		return nil
	})
}

var _ guest.Events = (*runEvents)(nil)

// setByGuest sets a key that the guest wrote, unless there is no room for it:
// a host then refuses the guest's request (VMware KB 52578).
func (s *Service) setByGuest(vm *mo.VirtualMachine, key, value string) error {
	set := setKey(append([]types.BaseOptionValue(nil), vm.Config.ExtraConfig...), key, value)
	if guestInfoSize(set) > s.guestInfoLimit() {
		s.Log.Warn("no room for what a guest wrote", "vm", vm.Name, "key", key, "bytes", len(value))
		return nil
	}
	vm.Config.ExtraConfig = set
	if s.Assumed().SteadyChangeVersion {
		vm.Config.Modified = time.Now().UTC()
	} else {
		touchConfig(vm)
	}
	return nil
}

// guestInfoLimit is tools.setInfo.sizeLimit, by default 1 MiB.
func (s *Service) guestInfoLimit() int {
	if limit := s.Assumed().GuestInfoBytes; limit > 0 {
		return limit
	}
	return 1 << 20
}

func guestInfoSize(options []types.BaseOptionValue) (bytes int) {
	for _, o := range options {
		if v := o.GetOptionValue(); strings.HasPrefix(v.Key, "guestinfo.") {
			text, _ := v.Value.(string)
			bytes += len(v.Key) + len(text)
		}
	}
	return bytes
}
