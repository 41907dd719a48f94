package vcenter

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// A task with which the process ends leaves its files, and the inventory as
// it was or as it became.
func TestATaskWithWhichTheProcessEnds(t *testing.T) {
	for death, want := range map[string]struct{ machines, files int }{"within": {0, 1}, "after": {1, 1}} {
		t.Run(death, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv(diesAt, death)
			p := startProcess(t, dir)
			ctx := testContext(t)
			c, err := govmomi.NewClient(ctx, p.url, true)
			if err != nil {
				t.Fatal(err)
			}
			finder := find.NewFinder(c.Client)
			pool := must(finder.ResourcePool(ctx, "/DC0/host/Compute-1/Resources"))(t)
			folder := must(finder.Folder(ctx, "/DC0/vm"))(t)
			spec := types.VirtualMachineConfigSpec{Name: "vm", Files: &types.VirtualMachineFileInfo{VmPathName: "[ssd-1] vm/vm.vmx"},
				DeviceChange: []types.BaseVirtualDeviceConfigSpec{pvscsi(), addFile(disk(-1, 0, "", 1<<10))}}
			if task, err := folder.CreateVM(ctx, spec, pool, nil); err == nil {
				if err := task.Wait(ctx); err == nil {
					t.Error("the end of the task was told")
				}
			}
			if err := p.cmd.Wait(); err == nil || err.Error() != "signal: killed" {
				t.Fatalf("the process ended with %v", err)
			}
			r := startIn(t, dir)
			machines := 0
			for _, o := range r.objects() {
				if _, ok := o.(*mo.VirtualMachine); ok {
					machines++
				}
			}
			if machines != want.machines {
				t.Errorf("%d VMs, not %d", machines, want.machines)
			}
			disks, err := filepath.Glob(filepath.Join(dir, "datastores/ssd-1/vm/vm.vmdk"))
			if err != nil || len(disks) != want.files {
				entries, _ := os.ReadDir(filepath.Join(dir, "datastores/ssd-1/vm"))
				t.Errorf("%d disks, not %d: %v %v", len(disks), want.files, entries, err)
			}
		})
	}
}
