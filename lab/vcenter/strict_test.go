package vcenter

import (
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

func TestADirectoryThatIsThereCantBeMade(t *testing.T) {
	s := start(t).site()
	files := object.NewFileManager(s.c.Client)
	s.mkdir("[ssd-1] a/b")
	for _, parents := range []bool{false, true} {
		if err := files.MakeDirectory(testContext(t), "[ssd-1] a/b", s.dc, parents); !fault[types.FileAlreadyExists](err) {
			t.Errorf("parents %v: %v", parents, err)
		}
	}
	if err := files.MakeDirectory(testContext(t), "[ssd-1] x/y", s.dc, false); !fault[types.FileNotFound](err) {
		t.Errorf("without its parent: %v", err)
	}
}

func TestADirectoryIsNotOverwritten(t *testing.T) {
	s := start(t).site()
	s.mkdir("[ssd-1] a")
	s.mkdir("[ssd-1] b")
	task, err := object.NewFileManager(s.c.Client).MoveDatastoreFile(testContext(t), "[ssd-1] a", s.dc, "[ssd-1] b", s.dc, true)
	wants[*types.FileAlreadyExists](t, failed(t, task, err))
}

func TestABusyVMCantBeUnregistered(t *testing.T) {
	r := start(t)
	s := r.site()
	ctx := testContext(t)
	vm, other := s.vm("a"), s.vm("b")
	release := r.hold(other)
	// Of the same queue as what is held.
	busy, err := other.Reconfigure(ctx, types.VirtualMachineConfigSpec{Annotation: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Unregister(ctx); !fault[types.TaskInProgress](err) {
		t.Errorf("with a task: %v", err)
	}
	release()
	done(t, busy, nil)
	for _, free := range []*object.VirtualMachine{vm, other} {
		if err := free.Unregister(ctx); err != nil {
			t.Error(err)
		}
	}
}

// hold keeps a VM's tasks waiting.
func (r *running) hold(vm *object.VirtualMachine) (release func()) {
	return r.service.Tasks.Queues().Join(vm.Reference().Value).Leave
}

func TestNamesWithAStrayPercentAreRefused(t *testing.T) {
	s := start(t).site()
	for name, ok := range map[string]bool{"50%": false, "a%zz": false, "a%2": false, "%": false, "50%25": true, "a%2fb": true} {
		_, err := s.folder.CreateFolder(testContext(t), name)
		if ok != (err == nil) || !ok && !fault[types.InvalidName](err) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := s.folder.CreateFolder(testContext(t), strings.Repeat("x", 81)); !fault[types.InvalidName](err) {
		t.Errorf("a long name: %v", err)
	}
}

func TestANewDiskWithoutASizeIsRefused(t *testing.T) {
	s := start(t).site()
	task, err := s.reconfigure(s.vm("a"), pvscsi(), addFile(disk(-1, 0, "", 0)))
	wants[*types.InvalidDeviceSpec](t, failed(t, task, err))
}
