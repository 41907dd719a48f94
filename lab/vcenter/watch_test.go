package vcenter

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// watch is a collector with one filter, driven call by call.
type watch struct {
	testing.TB
	c       *govmomi.Client
	pc      types.ManagedObjectReference
	version string
}

func (s *site) watch(spec types.PropertyFilterSpec) *watch {
	s.t.Helper()
	ctx := testContext(s.t)
	pc := must(property.DefaultCollector(s.c.Client).Create(ctx))(s.t)
	must(methods.CreateFilter(ctx, s.c.Client, &types.CreateFilter{This: pc.Reference(), Spec: spec}))(s.t)
	return &watch{s.t, s.c, pc.Reference(), ""}
}

func (w *watch) ask(ctx context.Context, version string, wait, max int32) (*types.UpdateSet, error) {
	res, err := methods.WaitForUpdatesEx(ctx, w.c.Client, &types.WaitForUpdatesEx{This: w.pc, Version: version,
		Options: &types.WaitOptions{MaxWaitSeconds: &wait, MaxObjectUpdates: max}})
	if err != nil {
		return nil, err
	}
	return res.Returnval, nil
}

// next gives the updates since the last call, nil if there are none.
func (w *watch) next(wait int32) []types.ObjectUpdate {
	w.Helper()
	var all []types.ObjectUpdate
	for {
		set, err := w.ask(testContext(w.TB), w.version, wait, 0)
		if err != nil {
			w.Fatal(err)
		}
		if set == nil {
			return all
		}
		w.version = set.Version
		for _, f := range set.FilterSet {
			all = append(all, f.ObjectSet...)
		}
		if set.Truncated == nil || !*set.Truncated {
			return all
		}
	}
}

func containerViewSpec(v types.ManagedObjectReference, kind string, paths ...string) types.PropertyFilterSpec {
	return types.PropertyFilterSpec{
		PropSet: []types.PropertySpec{{Type: kind, PathSet: paths}},
		ObjectSet: []types.ObjectSpec{{Obj: v, Skip: types.NewBool(true), SelectSet: []types.BaseSelectionSpec{
			&types.TraversalSpec{Type: "ContainerView", Path: "view"}}}},
	}
}

func TestAWatchTellsEnterModifyAndLeaveOnce(t *testing.T) {
	s := start(t).site()
	first := s.vm("a")
	w := s.watch(containerViewSpec(s.allVMs(), "VirtualMachine", "name", "runtime.powerState", `config.extraConfig["guestinfo.vic.report"]`))
	got := w.next(5)
	if len(got) != 1 || got[0].Kind != types.ObjectUpdateKindEnter || len(got[0].ChangeSet) != 2 {
		t.Fatalf("first answer: %+v", got)
	}
	if again := w.next(0); again != nil {
		t.Fatalf("told twice: %+v", again)
	}
	s.vm("b")
	if got = w.next(5); len(got) != 1 || got[0].Kind != types.ObjectUpdateKindEnter || got[0].ChangeSet[0].Val != "b" {
		t.Fatalf("a new VM: %+v", got)
	}
	ctx := testContext(t)
	task, err := first.Reconfigure(ctx, types.VirtualMachineConfigSpec{ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: "guestinfo.vic.report", Value: "{}"}}})
	done(t, task, err)
	got = w.next(5)
	if len(got) != 1 || got[0].Kind != types.ObjectUpdateKindModify || len(got[0].ChangeSet) != 1 {
		t.Fatalf("a keyed path: %+v", got)
	}
	c := got[0].ChangeSet[0]
	if c.Op != types.PropertyChangeOpAdd || c.Val.(types.OptionValue).Value != "{}" {
		t.Fatalf("a keyed path: %+v", c)
	}
	task, err = first.Destroy(ctx)
	done(t, task, err)
	if got = w.next(5); len(got) != 1 || got[0].Kind != types.ObjectUpdateKindLeave || got[0].Obj != first.Reference() {
		t.Fatalf("a VM gone: %+v", got)
	}
}

func TestAnAbortedWaitStealsNothing(t *testing.T) {
	s := start(t).site()
	vm := s.vm("a")
	w := s.watch(containerViewSpec(s.allVMs(), "VirtualMachine", "name"))
	w.next(5)
	ctx, abort := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer abort()
	if _, err := w.ask(ctx, w.version, 60, 0); err == nil {
		t.Fatal("the wait wasn't aborted")
	}
	task, err := vm.Rename(testContext(t), "renamed")
	done(t, task, err)
	if got := w.next(5); len(got) != 1 || got[0].ChangeSet[0].Val != "renamed" {
		t.Fatalf("after an aborted wait: %+v", got)
	}
}

func TestALostAnswerIsGivenAgain(t *testing.T) {
	s := start(t).site()
	vm := s.vm("a")
	w := s.watch(containerViewSpec(s.allVMs(), "VirtualMachine", "name"))
	w.next(5)
	task, err := vm.Rename(testContext(t), "b")
	done(t, task, err)
	lost := must(w.ask(testContext(t), w.version, 5, 0))(t)
	again := must(w.ask(testContext(t), w.version, 5, 0))(t)
	if lost == nil || again == nil || lost.Version != again.Version || again.FilterSet[0].ObjectSet[0].ChangeSet[0].Val != "b" {
		t.Fatalf("lost %+v, again %+v", lost, again)
	}
	w.version = again.Version
	if got := w.next(0); got != nil {
		t.Fatalf("told twice: %+v", got)
	}
}

func TestVersionsNeverGivenAreRefused(t *testing.T) {
	s := start(t).site()
	w := s.watch(containerViewSpec(s.allVMs(), "VirtualMachine", "name"))
	for _, version := range []string{"bogus", "0", "-1", "7"} {
		if _, err := w.ask(testContext(t), version, 0, 0); !fault[types.InvalidCollectorVersion](err) {
			t.Errorf("version %q: %v", version, err)
		}
	}
}

func TestLongAnswersAreCut(t *testing.T) {
	s := start(t).site()
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		s.vm(name)
	}
	w := s.watch(containerViewSpec(s.allVMs(), "VirtualMachine", "name"))
	seen := map[string]bool{}
	for i := 0; ; i++ {
		set := must(w.ask(testContext(t), w.version, 5, 2))(t)
		w.version = set.Version
		n := 0
		for _, f := range set.FilterSet {
			n += len(f.ObjectSet)
			for _, o := range f.ObjectSet {
				seen[o.ChangeSet[0].Val.(string)] = true
			}
		}
		if n > 2 {
			t.Fatalf("%d objects in an answer of at most 2", n)
		}
		if set.Truncated == nil || !*set.Truncated {
			break
		}
	}
	if len(seen) != 5 {
		t.Errorf("saw %v", seen)
	}
}

func TestAFilterAddedLaterIsToldAtOnce(t *testing.T) {
	s := start(t).site()
	s.vm("a")
	w := s.watch(containerViewSpec(s.allVMs(), "VirtualMachine", "name"))
	w.next(5)
	answers := make(chan []types.ObjectUpdate, 1)
	go func() { answers <- w.next(30) }()
	time.Sleep(50 * time.Millisecond) // let the wait begin; the order doesn't matter to the result
	must(methods.CreateFilter(testContext(t), s.c.Client, &types.CreateFilter{This: w.pc, Spec: types.PropertyFilterSpec{
		PropSet: []types.PropertySpec{{Type: "TaskManager", PathSet: []string{"recentTask"}}}, ObjectSet: []types.ObjectSpec{{Obj: *s.c.ServiceContent.TaskManager}}}}))(t)
	got := <-answers
	if len(got) != 1 || got[0].Obj.Type != "TaskManager" {
		t.Fatalf("got %+v", got)
	}
}

func TestASecondWaitEndsTheFirst(t *testing.T) {
	s := start(t).site()
	w := s.watch(containerViewSpec(s.allVMs(), "VirtualMachine", "name"))
	w.next(0)
	s.vm("a")
	w.next(5)
	ended := make(chan error, 1)
	go func() {
		_, err := w.ask(testContext(t), w.version, 60, 0)
		ended <- err
	}()
	for {
		// Whichever of the two begins later ends the other.
		if _, err := w.ask(testContext(t), w.version, 1, 0); err != nil && !fault[types.RequestCanceled](err) {
			t.Fatal(err)
		}
		select {
		case err := <-ended:
			if !fault[types.RequestCanceled](err) {
				t.Fatalf("the first wait: %v", err)
			}
			return
		default: // the first one hadn't begun yet
		}
	}
}

func TestRecursiveTraversalFollowsMoves(t *testing.T) {
	s := start(t).site()
	ctx := testContext(t)
	outer := must(s.folder.CreateFolder(ctx, "outer"))(t)
	inner := must(outer.CreateFolder(ctx, "inner"))(t)
	spec := types.PropertyFilterSpec{
		PropSet: []types.PropertySpec{{Type: "VirtualMachine", PathSet: []string{"name"}}},
		ObjectSet: []types.ObjectSpec{{Obj: outer.Reference(), SelectSet: []types.BaseSelectionSpec{
			&types.TraversalSpec{SelectionSpec: types.SelectionSpec{Name: "folders"}, Type: "Folder", Path: "childEntity",
				SelectSet: []types.BaseSelectionSpec{&types.SelectionSpec{Name: "folders"}}}}}},
	}
	w := s.watch(spec)
	w.next(0)
	vm := s.vm("a")
	task, err := inner.MoveInto(ctx, []types.ManagedObjectReference{vm.Reference()})
	done(t, task, err)
	if got := w.next(5); len(got) != 1 || got[0].Kind != types.ObjectUpdateKindEnter {
		t.Fatalf("moved in: %+v", got)
	}
	task, err = s.folder.MoveInto(ctx, []types.ManagedObjectReference{inner.Reference()})
	done(t, task, err)
	if got := w.next(5); len(got) != 1 || got[0].Kind != types.ObjectUpdateKindLeave {
		t.Fatalf("its folder moved out: %+v", got)
	}
}

func TestATerminatedSessionEndsItsWait(t *testing.T) {
	r := start(t)
	s := r.site()
	w := s.watch(containerViewSpec(s.allVMs(), "VirtualMachine", "name"))
	w.next(0)
	ended := make(chan error, 1)
	go func() {
		_, err := w.ask(testContext(t), "", 60, 0)
		ended <- err
	}()
	time.Sleep(50 * time.Millisecond) // whether the wait has begun doesn't matter to the result
	r.TerminateSessions("")
	if err := <-ended; !fault[types.NotAuthenticated](err) {
		t.Fatalf("the wait: %v", err)
	}
}

func TestWrongPropertiesAreRefused(t *testing.T) {
	s := start(t).site()
	vm := s.vm("a")
	pc := property.DefaultCollector(s.c.Client)
	var o []types.ObjectContent
	for path, wrong := range map[string]bool{
		"nonsense": true, "config.nonsense": true, "config..name": true, `config.extraConfig["x`: true, "name[1]": true, "config.hardware.device.key": true,
		"config.hardware.device[4000].macAddress": false, `config.extraConfig["no such key"]`: false, "summary.config.numCpu": false,
	} {
		err := pc.RetrieveOne(testContext(t), vm.Reference(), []string{path}, &o)
		if errors.Is(err, nil) == wrong || wrong && !fault[types.InvalidProperty](err) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
