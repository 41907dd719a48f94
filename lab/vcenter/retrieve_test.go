package vcenter

import (
	"testing"

	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

func TestLongRetrievalsComeInPages(t *testing.T) {
	s := start(t).site()
	ctx := testContext(t)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		s.vm(name)
	}
	pc := property.DefaultCollector(s.c.Client).Reference()
	res := must(methods.RetrievePropertiesEx(ctx, s.c.Client, &types.RetrievePropertiesEx{This: pc,
		SpecSet: []types.PropertyFilterSpec{containerViewSpec(s.allVMs(), "ManagedEntity", "name")}, Options: types.RetrieveOptions{MaxObjects: 2}}))(t)
	seen, token := len(res.Returnval.Objects), res.Returnval.Token
	for token != "" {
		more := must(methods.ContinueRetrievePropertiesEx(ctx, s.c.Client, &types.ContinueRetrievePropertiesEx{This: pc, Token: token}))(t)
		if n := len(more.Returnval.Objects); n == 0 || n > 2 {
			t.Fatalf("a page of %d", n)
		}
		seen, token = seen+len(more.Returnval.Objects), more.Returnval.Token
	}
	if seen != 5 {
		t.Errorf("saw %d", seen)
	}
	if _, err := methods.ContinueRetrievePropertiesEx(ctx, s.c.Client, &types.ContinueRetrievePropertiesEx{This: pc, Token: "bogus"}); !fault[types.InvalidArgument](err) {
		t.Errorf("a token never given: %v", err)
	}
}

func TestMissingObjectsAreFaultsOrReported(t *testing.T) {
	s := start(t).site()
	ctx := testContext(t)
	vm := s.vm("a")
	spec := types.PropertyFilterSpec{PropSet: []types.PropertySpec{{Type: "VirtualMachine", PathSet: []string{"name"}}},
		ObjectSet: []types.ObjectSpec{{Obj: vm.Reference()}, {Obj: types.ManagedObjectReference{Type: "VirtualMachine", Value: "vm-999"}}}}
	pc := property.DefaultCollector(s.c.Client).Reference()
	_, err := methods.RetrievePropertiesEx(ctx, s.c.Client, &types.RetrievePropertiesEx{This: pc, SpecSet: []types.PropertyFilterSpec{spec}})
	if !fault[types.ManagedObjectNotFound](err) {
		t.Errorf("retrieve: %v", err)
	}
	if _, err := methods.CreateFilter(ctx, s.c.Client, &types.CreateFilter{This: pc, Spec: spec}); !fault[types.ManagedObjectNotFound](err) {
		t.Errorf("filter: %v", err)
	}
	spec.ReportMissingObjectsInResults = types.NewBool(true)
	w := s.watch(spec)
	set := must(w.ask(ctx, "", 5, 0))(t)
	if f := set.FilterSet[0]; len(f.ObjectSet) != 1 || len(f.MissingSet) != 1 || f.MissingSet[0].Obj.Value != "vm-999" {
		t.Errorf("got %+v", f)
	}
}

func TestCollectorsBelongToTheirSession(t *testing.T) {
	r := start(t)
	one, two := r.site(), r.site()
	w := one.watch(containerViewSpec(one.allVMs(), "VirtualMachine", "name"))
	w.next(0)
	if _, err := methods.WaitForUpdatesEx(testContext(t), two.c.Client, &types.WaitForUpdatesEx{This: w.pc}); !fault[types.ManagedObjectNotFound](err) {
		t.Errorf("somebody else's collector: %v", err)
	}
	if err := one.c.Logout(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if r.Inventory(w.pc) != nil {
		t.Error("the collector outlived its session")
	}
}
