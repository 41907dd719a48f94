package vcenter

import (
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// template makes a template of a VM that has a snapshot.
func (s *site) template(name string) *object.VirtualMachine {
	s.t.Helper()
	vm := s.contained(name)
	task, err := vm.CreateSnapshot(testContext(s.t), "before", "", false, false)
	done(s.t, task, err)
	if err := vm.MarkAsTemplate(testContext(s.t)); err != nil {
		s.t.Fatal(err)
	}
	return vm
}

// wantTemplate checks that a VM is a template, and in no pool.
func (s *site) wantTemplate(vm *object.VirtualMachine) mo.VirtualMachine {
	s.t.Helper()
	got := s.props(vm, "config.template", "resourcePool", "runtime.host", "parent")
	if !got.Config.Template || got.ResourcePool != nil || got.Parent == nil {
		s.t.Errorf("template %v, pool %v, folder %v", got.Config.Template, got.ResourcePool, got.Parent)
	}
	return got
}

func TestATemplateIsNotRevertedToTheVMThatItWas(t *testing.T) {
	s := start(t).site()
	ctx := testContext(t)
	vm := s.template("a")
	task, err := vm.RevertToSnapshot(ctx, "before", true)
	wants[*types.NotSupported](t, failed(t, task, err))
	task, err = vm.RevertToCurrentSnapshot(ctx, true)
	wants[*types.NotSupported](t, failed(t, task, err))
	s.wantTemplate(vm)
	if err := vm.MarkAsTemplate(ctx); !fault[types.InvalidState](err) {
		t.Errorf("a template of a template: %v", err)
	}
}

func TestATemplateGoesIntoNoPool(t *testing.T) {
	s := start(t).site()
	ctx := testContext(t)
	vm := s.template("a")
	pool := s.pool.Reference()
	task, err := vm.Relocate(ctx, types.VirtualMachineRelocateSpec{Pool: &pool}, types.VirtualMachineMovePriorityDefaultPriority)
	wants[*types.NotSupported](t, failed(t, task, err))
	into := types.MoveIntoResourcePool{This: pool, List: []types.ManagedObjectReference{vm.Reference()}}
	if _, err := methods.MoveIntoResourcePool(ctx, s.c.Client, &into); !fault[types.NotSupported](err) {
		t.Errorf("moved into the pool: %v", err)
	}
	s.wantTemplate(vm)
}

func TestATemplateMovesBetweenHostsAndIsClonedWithoutAPool(t *testing.T) {
	s := start(t).site()
	ctx := testContext(t)
	vm := s.template("a")
	was := *s.wantTemplate(vm).Runtime.Host
	for _, host := range must(s.finder.HostSystemList(ctx, "*"))(t) {
		if ref := host.Reference(); ref != was {
			task, err := vm.Relocate(ctx, types.VirtualMachineRelocateSpec{Host: &ref}, types.VirtualMachineMovePriorityDefaultPriority)
			done(t, task, err)
			if is := s.wantTemplate(vm).Runtime.Host; *is != ref {
				t.Errorf("it is at %v, not at %v", is, ref)
			}
		}
	}
	task, err := s.clone(vm, "b", types.VirtualMachineCloneSpec{Template: true})
	s.wantTemplate(s.machine(done(t, task, err).Result))
	if _, err := s.clone(vm, "c", types.VirtualMachineCloneSpec{}); !fault[types.InvalidArgument](err) {
		t.Errorf("a VM without a pool: %v", err)
	}
}
