package vcenter

import (
	"slices"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
)

// vimFault gives the fault in a call's error, or nil.
func vimFault(err error) any {
	if err == nil || !soap.IsSoapFault(err) {
		return nil
	}
	return soap.ToSoapFault(err).VimFault()
}

const keyed = `config.extraConfig["guestinfo.a"]`

func TestWhereKeyedPathsAreUnknownOrMissing(t *testing.T) {
	r, s := otherwise(t, control.Assumptions{NoKeyedPaths: true})
	s.vm("a")
	views := s.allVMs()
	pc := must(property.DefaultCollector(s.c.Client).Create(testContext(t)))(t)
	_, err := methods.CreateFilter(testContext(t), s.c.Client, &types.CreateFilter{This: pc.Reference(), Spec: containerViewSpec(views, "VirtualMachine", keyed)})
	if f, ok := vimFault(err).(types.InvalidProperty); !ok || f.Name != keyed {
		t.Errorf("%v", err)
	}
	r.Assume(control.Assumptions{MissingKeyFaults: true})
	w := s.watch(containerViewSpec(views, "VirtualMachine", keyed))
	if got := w.next(0); len(got) != 1 || len(got[0].MissingSet) != 1 || got[0].MissingSet[0].Path != keyed {
		t.Errorf("%+v", got)
	}
}

func TestHowAChangeIsTold(t *testing.T) {
	r, s := otherwise(t, control.Assumptions{})
	vm := s.vm("a", func(c *types.VirtualMachineConfigSpec) { c.Annotation = "x" })
	w := s.watch(containerViewSpec(s.allVMs(), "VirtualMachine", keyed, "runtime.bootTime"))
	w.next(0)
	set := func(value string) []types.PropertyChange {
		task, err := vm.Reconfigure(testContext(t), types.VirtualMachineConfigSpec{ExtraConfig: []types.BaseOptionValue{option("guestinfo.a", value)}})
		done(t, task, err)
		return w.next(1)[0].ChangeSet
	}
	for _, c := range []struct {
		assume    control.Assumptions
		add, gone types.PropertyChangeOp
	}{
		{control.Assumptions{}, types.PropertyChangeOpAdd, types.PropertyChangeOpRemove},
		{control.Assumptions{KeyedAlwaysAssign: true}, types.PropertyChangeOpAssign, types.PropertyChangeOpAssign},
	} {
		r.Assume(c.assume)
		if got := set("1"); got[0].Op != c.add {
			t.Errorf("%+v: %+v", c.assume, got)
		}
		if got := set(""); got[0].Op != c.gone {
			t.Errorf("%+v: %+v", c.assume, got)
		}
	}
	r.Assume(control.Assumptions{UnsetAsRemove: true})
	s.on(vm)
	w.next(1)
	task, err := vm.PowerOff(testContext(t))
	done(t, task, err)
	if got := w.next(1)[0].ChangeSet; got[0].Name != "runtime.bootTime" || got[0].Op != types.PropertyChangeOpRemove {
		t.Errorf("%+v", got)
	}
}

func TestWhatIsToldLateIsToldAllTheSame(t *testing.T) {
	r, s := otherwise(t, control.Assumptions{})
	w := s.watch(types.PropertyFilterSpec{PropSet: []types.PropertySpec{{Type: "Folder", PathSet: []string{"childEntity"}}},
		ObjectSet: []types.ObjectSpec{{Obj: s.folder.Reference()}}})
	w.next(0)
	r.Assume(control.Assumptions{LagMs: 2000})
	must(s.folder.CreateFolder(testContext(t), "new"))(t)
	if got := w.next(0); len(got) != 0 {
		t.Errorf("at once: %+v", got)
	}
	if got := w.next(30); len(got) != 1 {
		t.Errorf("later: %+v", got)
	}
}

func TestSmallPagesHoldEverything(t *testing.T) {
	_, s := otherwise(t, control.Assumptions{UpdatesPerPage: 1})
	for _, name := range []string{"a", "b", "c"} {
		s.vm(name)
	}
	w := s.watch(containerViewSpec(s.allVMs(), "VirtualMachine", "name"))
	set := must(w.ask(testContext(t), "", 0, 0))(t)
	if len(set.FilterSet[0].ObjectSet) != 1 || set.Truncated == nil || !*set.Truncated {
		t.Errorf("%+v", set)
	}
	if got := w.next(0); len(got) != 3 {
		t.Errorf("%d updates", len(got))
	}
}

func TestWhatViewsDoNotTake(t *testing.T) {
	_, s := otherwise(t, control.Assumptions{NoViewsOfVApps: true, NoViewsInLists: true})
	ctx := testContext(t)
	app := must(s.pool.CreateVApp(ctx, "app", unlimited(), types.VAppConfigSpec{}, s.folder))(t)
	views := view.NewManager(s.c.Client)
	if _, err := views.CreateContainerView(ctx, app.Reference(), []string{"VirtualMachine"}, true); !fault[types.InvalidArgument](err) {
		t.Errorf("of a vApp: %v", err)
	}
	if _, err := views.CreateListView(ctx, []types.ManagedObjectReference{s.allVMs()}); !fault[types.InvalidArgument](err) {
		t.Errorf("of views: %v", err)
	}
	list := must(views.CreateListView(ctx, nil))(t)
	if _, err := list.Add(ctx, []types.ManagedObjectReference{s.allVMs()}); !fault[types.InvalidArgument](err) {
		t.Errorf("with views: %v", err)
	}
	if left := must(list.Add(ctx, []types.ManagedObjectReference{app.Reference()}))(t); len(left) != 0 {
		t.Errorf("left out: %v", left)
	}
}

func TestWhatInventoryShowsOtherwise(t *testing.T) {
	r, s := otherwise(t, control.Assumptions{})
	ctx := testContext(t)
	app := must(s.pool.CreateVApp(ctx, "app", unlimited(), types.VAppConfigSpec{}, s.folder))(t)
	task, err := app.CreateChildVM(ctx, types.VirtualMachineConfigSpec{Name: "a", Files: &types.VirtualMachineFileInfo{VmPathName: "[ssd-1]"}}, nil)
	ref := done(t, task, err).Result.(types.ManagedObjectReference)
	w := s.watch(types.PropertyFilterSpec{PropSet: []types.PropertySpec{{Type: "VirtualMachine", PathSet: []string{"resourcePool"}}},
		ObjectSet: []types.ObjectSpec{{Obj: ref}}})
	if got := w.next(0); len(got) != 1 || got[0].ChangeSet[0].Val != app.Reference() {
		t.Errorf("%+v", got)
	}
	r.Assume(control.Assumptions{NoPoolInVApps: true, VAppsOutsideFolders: true, NoDrs: true})
	if got := w.next(1); len(got) != 1 || got[0].ChangeSet[0].Val != nil {
		t.Errorf("%+v", got)
	}
	vm := s.props(object.NewVirtualMachine(s.c.Client, ref), "resourcePool", "parentVApp")
	if vm.ResourcePool != nil || vm.ParentVApp == nil {
		t.Errorf("%+v", vm)
	}
	var folder mo.Folder
	if err := s.folder.Properties(ctx, s.folder.Reference(), []string{"childEntity"}, &folder); err != nil || slices.Contains(folder.ChildEntity, app.Reference()) {
		t.Errorf("%v %v", folder.ChildEntity, err)
	}
	cluster := must(s.finder.ClusterComputeResource(ctx, "Compute-1"))(t)
	if config := must(cluster.Configuration(ctx))(t); config.DrsConfig.Enabled == nil || *config.DrsConfig.Enabled {
		t.Errorf("%+v", config.DrsConfig)
	}
}
