package ops

import (
	"sync"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

// busyVApps are the vApps that are being started, stopped or suspended, and by
// which tasks. The zero value is ready.
type busyVApps struct {
	mu    sync.Mutex
	tasks map[Ref]Ref
}

func (b *busyVApps) begin(app, task Ref) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tasks == nil {
		b.tasks = map[Ref]Ref{}
	}
	b.tasks[app] = task
}

func (b *busyVApps) end(app Ref) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.tasks, app)
}

func (b *busyVApps) taskOf(app Ref) (Ref, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	found, ok := b.tasks[app]
	return found, ok
}

// startPower is start for operations on one machine's power. They fail while
// the same is done to its vApp (reference, VAppTaskInProgress).
func (s *Service) startPower(c *rpc.Call, descriptionID string, work task.Work) (Ref, error) {
	if vm, ok := s.Inv.Lookup(c.This).(*mo.VirtualMachine); ok {
		for at := vm.ParentVApp; at != nil; {
			app, ok := s.Inv.Lookup(*at).(*mo.VirtualApp)
			if !ok {
				break
			}
			if by, busy := s.busy.taskOf(*at); busy {
				return Ref{}, fault.New(&types.VAppTaskInProgress{TaskInProgress: types.TaskInProgress{Task: by}})
			}
			at = app.ParentVApp
		}
	}
	return s.start(c, descriptionID, work)
}

// actOnVApp walks through a vApp, which is starting or stopping meanwhile.
func (s *Service) actOnVApp(run *task.Run, app *mo.VirtualApp, act vAppAct) error {
	before := stateOf(app)
	meanwhile := types.VirtualAppVAppStateStopping
	if act.starts {
		meanwhile = types.VirtualAppVAppStateStarting
	}
	s.busy.begin(app.Self, run.Ref)
	defer s.busy.end(app.Self)
	if err := s.setVAppState(app.Self, meanwhile, false); err != nil {
		return err
	}
	err := s.walkVApp(run, app, act)
	if err != nil {
		_ = s.setVAppState(app.Self, before, false)
	}
	return err
}

func (s *Service) setVAppState(ref Ref, state types.VirtualAppVAppState, suspended bool) error {
	return s.Inv.Update(func(tx *inventory.Tx) error {
		app, err := inventory.Edit[mo.VirtualApp](tx, ref)
		if err != nil {
			return err
		}
		summary := app.Summary.(*types.VirtualAppSummary)
		summary.VAppState, summary.Suspended = state, types.NewBool(suspended)
		return nil
	})
}
