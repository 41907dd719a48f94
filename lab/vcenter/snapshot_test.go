package vcenter

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/device"
)

// contained is a VM whose disk is the child of an image's, as a container's is.
func (s *site) contained(name string) *object.VirtualMachine {
	s.t.Helper()
	s.mkdir("[ssd-1] images")
	s.reconfigureAway(s.vm("builder", withDevices(pvscsi(), addFile(disk(-1, 0, "[ssd-1] images/base.vmdk", 4096)))))
	return s.vm(name, withDevices(pvscsi(), addFile(child(-1, 0, "", "[ssd-1] images/base.vmdk"))))
}

func (s *site) chain(vm *object.VirtualMachine) []string { return device.Chain(s.firstDisk(vm)) }

func wantChain(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("chain %v, want %v", got, want)
	}
}

const base = "[ssd-1] images/base.vmdk"

func TestSnapshotsThatCannotBeAreRefused(t *testing.T) {
	s := start(t).site()
	ctx := testContext(t)
	alone := disk(-1, 0, "", 1024)
	alone.Backing.(*types.VirtualDiskFlatVer2BackingInfo).DiskMode = "independent_persistent"
	vm := s.vm("a", withDevices(pvscsi(), addFile(alone)))
	if _, err := vm.CreateSnapshot(ctx, " ", "", false, false); !fault[types.InvalidName](err) {
		t.Errorf("no name: %v", err)
	}
	s.on(vm)
	task, err := vm.CreateSnapshot(ctx, "s", "", true, false)
	wants[*types.MemorySnapshotOnIndependentDisk](t, failed(t, task, err))
	task, err = vm.RevertToCurrentSnapshot(ctx, true)
	wants[*types.NotFound](t, failed(t, task, err))
	task, err = vm.CreateSnapshot(ctx, "s", "", false, false)
	done(t, task, err)
	if leaf := s.chain(vm); len(leaf) != 1 || leaf[0] != "[ssd-1] a/a.vmdk" {
		t.Errorf("an independent disk got a delta: %v", leaf)
	}
}

func TestSnapshotsPutDeltasAboveDisksAndTakeThemAwayAgain(t *testing.T) {
	r := start(t)
	s := r.site()
	ctx := testContext(t)
	vm := s.contained("a")
	for _, name := range []string{"one", "two"} {
		task, err := vm.CreateSnapshot(ctx, name, "", false, false)
		done(t, task, err)
	}
	wantChain(t, s.chain(vm), "[ssd-1] a/a-000002.vmdk", "[ssd-1] a/a-000001.vmdk", "[ssd-1] a/a.vmdk", base)
	s.on(vm)
	task, err := vm.PowerOff(ctx)
	done(t, task, err)

	// Back to the first one, and on from there: two branches.
	task, err = vm.RevertToSnapshot(ctx, "one", true)
	done(t, task, err)
	wantChain(t, s.chain(vm), "[ssd-1] a/a-000003.vmdk", "[ssd-1] a/a.vmdk", base)
	if _, err := os.Stat(filepath.Join(r.dir, "datastores", "ssd-1", "a", "a-000002.vmdk")); !os.IsNotExist(err) {
		t.Errorf("the disk that was written to since stayed: %v", err)
	}
	task, err = vm.RemoveSnapshot(ctx, "one", false, types.NewBool(true))
	done(t, task, err)
	if got := s.props(vm, "snapshot", "rootSnapshot"); len(got.RootSnapshot) != 1 || got.Snapshot.RootSnapshotList[0].Name != "two" || got.Snapshot.CurrentSnapshot != nil {
		t.Errorf("left: %+v", got.Snapshot)
	}
	task, err = vm.RemoveAllSnapshot(ctx, types.NewBool(true))
	done(t, task, err)
	if got := s.props(vm, "snapshot", "rootSnapshot"); got.Snapshot != nil || len(got.RootSnapshot) != 0 {
		t.Errorf("left: %+v", got.Snapshot)
	}
	s.on(vm)
	task, err = vm.PowerOff(ctx)
	done(t, task, err)
	task, err = vm.Destroy(ctx)
	done(t, task, err)
	if left, _ := os.ReadDir(filepath.Join(r.dir, "datastores", "ssd-1", "a")); len(left) != 0 {
		t.Errorf("left of the VM: %v", left)
	}
}

func TestRemovingAllSnapshotsMakesOneDiskOfThem(t *testing.T) {
	r := start(t)
	s := r.site()
	ctx := testContext(t)
	vm := s.contained("a")
	s.on(vm)
	for _, name := range []string{"one", "two", "three"} {
		task, err := vm.CreateSnapshot(ctx, name, "", false, false)
		done(t, task, err)
	}
	task, err := vm.RemoveAllSnapshot(ctx, nil)
	done(t, task, err)
	wantChain(t, s.chain(vm), "[ssd-1] a/a.vmdk", base)
	files, _ := filepath.Glob(filepath.Join(r.dir, "datastores", "ssd-1", "a", "*.vmdk"))
	if len(files) != 1 {
		t.Errorf("left: %v", files)
	}
	// The guests of this lab don't come back from memory.
	task, err = vm.CreateSnapshot(ctx, "again", "", true, false)
	done(t, task, err)
	task, err = vm.RevertToSnapshot(ctx, "again", true)
	wants[*types.NotSupported](t, failed(t, task, err))
}

func TestARevertTakesBackWhatTheGuestHadReported(t *testing.T) {
	r := start(t)
	s := r.site()
	ctx := testContext(t)
	vm := s.vm("a", func(c *types.VirtualMachineConfigSpec) {
		c.ExtraConfig = []types.BaseOptionValue{option("guestinfo.vic.report", "then")}
	})
	task, err := vm.CreateSnapshot(ctx, "s", "", false, false)
	done(t, task, err)
	s.on(vm)
	task, err = vm.Reconfigure(ctx, types.VirtualMachineConfigSpec{ExtraConfig: []types.BaseOptionValue{option("guestinfo.vic.report", "now")}})
	done(t, task, err)
	task, err = vm.RevertToCurrentSnapshot(ctx, true)
	done(t, task, err)
	if got := keys(vm.Reference(), r)["guestinfo.vic.report"]; got != "then" {
		t.Errorf("report %q", got)
	}
	if state := must(vm.PowerState(ctx))(t); state != types.VirtualMachinePowerStatePoweredOff {
		t.Errorf("it is %s", state)
	}
}
