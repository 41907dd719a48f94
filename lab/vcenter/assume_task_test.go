package vcenter

import (
	"slices"
	"testing"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
)

func (s *site) recentTasks() []types.ManagedObjectReference {
	s.t.Helper()
	var manager mo.TaskManager
	if err := s.folder.Properties(testContext(s.t), *s.c.ServiceContent.TaskManager, []string{"recentTask"}, &manager); err != nil {
		s.t.Fatal(err)
	}
	return manager.RecentTask
}

// queueMs is for what tests do while a task is queued, or a change untold, on a busy machine too.
const queueMs = 2000

func TestWhereTasksWaitAndAreForgotten(t *testing.T) {
	t.Parallel()
	r, s := otherwise(t, control.Assumptions{})
	vm := s.vm("a")
	r.Assume(control.Assumptions{QueueMs: queueMs, ForgetTasks: true})
	task := must(vm.PowerOn(testContext(t)))(t)
	if !slices.Contains(s.recentTasks(), task.Reference()) {
		t.Error("a queued task isn't a recent one")
	}
	info := done(t, task, nil)
	if info.StartTime.Sub(info.QueueTime) < queueMs*time.Millisecond {
		t.Errorf("it waited for %v", info.StartTime.Sub(info.QueueTime))
	}
	if slices.Contains(s.recentTasks(), task.Reference()) {
		t.Error("a finished task is a recent one")
	}
}

func TestWhereATasksStateComesFirst(t *testing.T) {
	t.Parallel()
	r, s := otherwise(t, control.Assumptions{})
	vm := s.vm("a")
	r.Assume(control.Assumptions{StateFirst: true, QueueMs: queueMs})
	task := must(vm.PowerOff(testContext(t)))(t)
	w := s.watch(types.PropertyFilterSpec{PropSet: []types.PropertySpec{{Type: "Task", PathSet: []string{"info.state", "info.error"}}},
		ObjectSet: []types.ObjectSpec{{Obj: task.Reference()}}})
	var told []string
	for len(told) == 0 || told[len(told)-1] != "info.error" {
		for _, u := range w.next(5) {
			for _, c := range u.ChangeSet {
				if c.Name == "info.error" || c.Val == types.TaskInfoStateError {
					told = append(told, c.Name)
				}
			}
		}
	}
	if !slices.Equal(told, []string{"info.state", "info.error"}) {
		t.Error(told)
	}
}

func TestTasksThatSurviveARestart(t *testing.T) {
	for _, survive := range []bool{false, true} {
		r, s := otherwise(t, control.Assumptions{TasksSurvive: survive})
		task := must(s.vm("a").PowerOn(testContext(t)))(t)
		done(t, task, nil)
		if err := r.Restart(testContext(t), 0); err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(r.site().recentTasks(), task.Reference()); got != survive {
			t.Errorf("survive %v: %v", survive, got)
		}
	}
}

func TestSessionsThatEndOtherwise(t *testing.T) {
	r, s := otherwise(t, control.Assumptions{OpenCurrentTime: true, LateNotAuthenticated: true})
	now := func() error {
		_, err := methods.GetCurrentTime(testContext(t), s.c.Client)
		return err
	}
	r.TerminateSessions("")
	if err := now(); err != nil {
		t.Errorf("CurrentTime without a session: %v", err)
	}
	if _, err := s.folder.CreateFolder(testContext(t), "late"); !fault[types.NotAuthenticated](err) {
		t.Errorf("a call without a session: %v", err)
	}
	again := r.site()
	if found := must(again.finder.Folder(testContext(t), "late"))(t); found == nil {
		t.Error("it wasn't done")
	}
	r.Assume(control.Assumptions{IdleSessionMs: 100})
	deadline := time.Now().Add(10 * time.Second)
	for _, err := again.finder.Folder(testContext(t), "late"); err == nil && time.Now().Before(deadline); time.Sleep(300 * time.Millisecond) {
		_, err = object.NewRootFolder(again.c.Client).Children(testContext(t))
		if fault[types.NotAuthenticated](err) {
			return
		}
	}
	t.Error("an idle session didn't end")
}

func TestWhereABusyMachineRefusesTasks(t *testing.T) {
	t.Parallel()
	r, s := otherwise(t, control.Assumptions{})
	vm := s.vm("a")
	r.Assume(control.Assumptions{RefuseBusy: true, QueueMs: queueMs})
	first := must(vm.PowerOn(testContext(t)))(t)
	second, err := vm.Reconfigure(testContext(t), types.VirtualMachineConfigSpec{Annotation: "busy"})
	f := failed(t, second, err)
	if busy, ok := f.(*types.TaskInProgress); !ok || busy.Task != first.Reference() {
		t.Errorf("got %T %+v", f, f)
	}
	done(t, first, nil)
	third, err := vm.Reconfigure(testContext(t), types.VirtualMachineConfigSpec{Annotation: "idle"})
	done(t, third, err)
}
