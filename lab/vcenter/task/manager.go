// Package task runs the work behind the API's …_Task methods and shows it as
// Task objects.
package task

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

// Manager starts tasks. Tasks of one entity run one after another.
type Manager struct {
	inv     *inventory.Inventory
	base    context.Context
	assumed func() control.Assumptions
	self    inventory.Ref // of the TaskManager
	wg      sync.WaitGroup

	mu      sync.Mutex
	queues  Queues
	cancels map[types.ManagedObjectReference]*running
	done    []finished
	event   int32
}

type running struct {
	cancel  context.CancelCauseFunc
	started bool
}

// NewManager makes a manager whose tasks end when ctx does.
func NewManager(ctx context.Context, inv *inventory.Inventory, assumed func() control.Assumptions) *Manager {
	return &Manager{inv: inv, base: ctx, assumed: assumed, cancels: map[types.ManagedObjectReference]*running{}}
}

// Call says which object the TaskManager is: a bare host's has another reference
// than a vCenter's. It is said before there is any task.
func (m *Manager) Call(self inventory.Ref) { m.self = self }

// Queues gives access to the order in which an entity's work is done, for work
// that is no task.
func (m *Manager) Queues() *Queues { return &m.queues }

// Wait waits until no task runs any more.
func (m *Manager) Wait() { m.wg.Wait() }

// Run is a task at work.
type Run struct {
	Ctx context.Context
	Ref types.ManagedObjectReference
	m   *Manager
}

// Work does a task and gives its result.
type Work func(run *Run) (types.AnyType, error)

// Start makes the task for call and begins work. descriptionID is VMware's
// name for it, as "VirtualMachine.powerOn". Tasks of the same entity wait for
// each other where ordered is true.
func (m *Manager) Start(c *rpc.Call, descriptionID string, entity types.ManagedObjectReference, ordered bool, work Work) (types.ManagedObjectReference, error) {
	var ref types.ManagedObjectReference
	ctx, cancel := context.WithCancelCause(m.base)
	err := m.inv.Update(func(tx *inventory.Tx) error {
		ref = tx.NewRef("Task", "task")
		info := types.TaskInfo{
			Key: ref.Value, Task: ref, Name: c.Method, DescriptionId: descriptionID,
			State: types.TaskInfoStateQueued, Cancelable: true, QueueTime: time.Now(), EventChainId: m.nextChain(),
			Reason: &types.TaskReasonUser{UserName: userOf(c)},
		}
		if e := inventory.EntityOf(tx.Lookup(entity)); e != nil {
			info.Entity, info.EntityName = &entity, e.Name
		}
		tx.Add(&mo.Task{ExtensibleManagedObject: mo.ExtensibleManagedObject{Self: ref}, Info: info})
		m.prune(tx)
		manager := inventory.MustEdit[mo.TaskManager](tx, m.self)
		manager.RecentTask = append(manager.RecentTask, ref)
		editRecent(tx, entity, func(list []inventory.Ref) []inventory.Ref { return append(list, ref) })
		return nil
	})
	if err != nil {
		cancel(nil)
		return ref, err
	}
	m.mu.Lock()
	m.cancels[ref] = &running{cancel: cancel}
	m.mu.Unlock()
	var turn *Turn
	if ordered {
		turn = m.queues.Join(entity.Value)
		if entity.Type == "VirtualMachine" && !turn.First() && m.assumed().RefuseBusy {
			turn.Leave()
			turn = nil
			busy := fault.New(&types.TaskInProgress{Task: m.otherTask(entity, ref)})
			work = func(*Run) (types.AnyType, error) { return nil, busy }
		}
	}
	m.wg.Add(1)
	if c.Dies != "" {
		work = m.deadly(c.Dies, work)
	}
	go m.run(ctx, ref, entity, turn, c.TaskFault, work)
	return ref, nil
}

// otherTask is one that an entity has under way beside ref, or ref.
func (m *Manager) otherTask(entity, ref types.ManagedObjectReference) types.ManagedObjectReference {
	if e := inventory.EntityOf(m.inv.Lookup(entity)); e != nil {
		for _, each := range e.RecentTask {
			if each != ref {
				return each
			}
		}
	}
	return ref
}

func userOf(c *rpc.Call) string {
	if c.Session == nil {
		return ""
	}
	return c.Session.UserName
}

func (m *Manager) nextChain() int32 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.event++
	return m.event
}

func (m *Manager) run(ctx context.Context, ref, entity types.ManagedObjectReference, turn *Turn, injected error, work Work) {
	defer m.wg.Done()
	if turn != nil {
		defer turn.Leave()
		turn.Wait(ctx)
	}
	m.queued(ctx)
	var result types.AnyType
	err := context.Cause(ctx)
	if err == nil {
		m.begin(ref)
		if err = injected; err == nil {
			result, err = m.do(&Run{Ctx: ctx, Ref: ref, m: m}, work)
		}
	}
	m.finish(ref, entity, result, fault.Assumed(m.assumed(), entity, err))
}

// queued waits as long as a task stays queued, whatever it waits for.
func (m *Manager) queued(ctx context.Context) {
	select {
	case <-time.After(time.Duration(m.assumed().QueueMs) * time.Millisecond):
	case <-ctx.Done():
	}
}

// do works, and turns a panic into a failed task.
func (m *Manager) do(run *Run, work Work) (result types.AnyType, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in task: %v\n%s", p, debug.Stack())
		}
	}()
	return work(run)
}

func (m *Manager) begin(ref types.ManagedObjectReference) {
	m.mu.Lock()
	if r := m.cancels[ref]; r != nil {
		r.started = true
	}
	m.mu.Unlock()
	_ = m.edit(ref, func(info *types.TaskInfo) {
		now := time.Now()
		info.State, info.StartTime = types.TaskInfoStateRunning, &now
	})
}

func (m *Manager) edit(ref types.ManagedObjectReference, change func(info *types.TaskInfo)) error {
	return m.inv.Update(func(tx *inventory.Tx) error {
		t, err := inventory.Edit[mo.Task](tx, ref)
		if err == nil {
			change(&t.Info)
		}
		return err
	})
}

func (m *Manager) finish(ref, entity types.ManagedObjectReference, result types.AnyType, err error) {
	now := time.Now()
	m.mu.Lock()
	canceled := m.cancels[ref]
	delete(m.cancels, ref)
	m.done = append(m.done, finished{ref, now})
	m.mu.Unlock()
	if canceled != nil {
		canceled.cancel(nil)
	}
	a := m.assumed()
	state := types.TaskInfoStateSuccess
	if err != nil {
		state = types.TaskInfoStateError
	}
	if a.StateFirst {
		_ = m.edit(ref, func(info *types.TaskInfo) { info.State = state })
		time.Sleep(stateLead)
	}
	_ = m.inv.Update(func(tx *inventory.Tx) error {
		t, missing := inventory.Edit[mo.Task](tx, ref)
		if missing != nil {
			return missing // dropped by a restart
		}
		t.Info.CompleteTime, t.Info.Cancelable, t.Info.State = &now, false, state
		if err != nil {
			t.Info.Error = fault.From(err).Localized()
		} else {
			t.Info.Result, t.Info.Progress = result, 0
		}
		editRecent(tx, entity, func(list []inventory.Ref) []inventory.Ref { return inventory.RemoveRef(list, ref) })
		if a.ForgetTasks {
			manager := inventory.MustEdit[mo.TaskManager](tx, m.self)
			manager.RecentTask = inventory.RemoveRef(manager.RecentTask, ref)
		}
		return nil
	})
}

// stateLead is how long a task's state is told before the rest, where it is.
const stateLead = 30 * time.Millisecond

// Progress sets the task's percentage.
func (r *Run) Progress(percent int32) {
	_ = r.m.edit(r.Ref, func(info *types.TaskInfo) { info.Progress = percent })
}

// Cancel ends a queued task, and asks a running one to end.
func (m *Manager) Cancel(ref types.ManagedObjectReference) error {
	m.mu.Lock()
	r := m.cancels[ref]
	m.mu.Unlock()
	if r == nil {
		return fault.New(&types.InvalidState{})
	}
	_ = m.edit(ref, func(info *types.TaskInfo) { info.Cancelled = true })
	r.cancel(fault.New(&types.RequestCanceled{}))
	return nil
}
