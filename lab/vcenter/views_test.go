package vcenter

import (
	"slices"
	"testing"

	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
)

func (s *site) listed(list *view.ListView) []types.ManagedObjectReference {
	s.t.Helper()
	var got mo.ListView
	if err := s.c.RetrieveOne(testContext(s.t), list.Reference(), []string{"view"}, &got); err != nil {
		s.t.Fatal(err)
	}
	return got.View
}

func TestAListIsNotResetToViewsWhereItTakesNone(t *testing.T) {
	_, s := otherwise(t, control.Assumptions{NoViewsInLists: true})
	ctx := testContext(t)
	vm := s.vm("a").Reference()
	list := must(view.NewManager(s.c.Client).CreateListView(ctx, []types.ManagedObjectReference{vm}))(t)
	if _, err := list.Reset(ctx, []types.ManagedObjectReference{s.allVMs()}); !fault[types.InvalidArgument](err) {
		t.Errorf("reset to a view: %v", err)
	}
	if got := s.listed(list); !slices.Equal(got, []types.ManagedObjectReference{vm}) {
		t.Errorf("it lists %v", got)
	}
}

func TestAListIsAddedToTakenFromAndReset(t *testing.T) {
	s := start(t).site()
	ctx := testContext(t)
	a, b, c := s.vm("a").Reference(), s.vm("b").Reference(), s.vm("c").Reference()
	nothing := types.ManagedObjectReference{Type: "VirtualMachine", Value: "vm-999"}
	list := must(view.NewManager(s.c.Client).CreateListView(ctx, []types.ManagedObjectReference{a, b}))(t)
	want := func(refs ...types.ManagedObjectReference) {
		t.Helper()
		if got := s.listed(list); !slices.Equal(got, refs) {
			t.Errorf("it lists %v, not %v", got, refs)
		}
	}
	if left := must(list.Add(ctx, []types.ManagedObjectReference{c, b, nothing}))(t); !slices.Equal(left, []types.ManagedObjectReference{nothing}) {
		t.Errorf("left out: %v", left)
	}
	want(a, b, c)
	must(list.Remove(ctx, []types.ManagedObjectReference{b, nothing}))(t)
	want(a, c)
	if left := must(list.Reset(ctx, []types.ManagedObjectReference{nothing, b}))(t); !slices.Equal(left, []types.ManagedObjectReference{nothing}) {
		t.Errorf("left out of what it was reset to: %v", left)
	}
	want(b)
}
