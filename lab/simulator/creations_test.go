package simulator

import (
	"log/slog"
	"sync"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// changes notes the last value told of each of a machine's properties.
type changes struct {
	creations
	mu   sync.Mutex
	last map[string]any
}

func (c *changes) Reference() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "Changes", Value: "changes"}
}

func (c *changes) UpdateObject(_ *simulator.Context, object mo.Reference, told []types.PropertyChange) {
	if _, ok := object.(*mo.VirtualMachine); !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, change := range told {
		c.last[change.Name] = change.Val
	}
}

func TestWhoSawAMachineBeforeItWasMadeLearnsWhatItIs(t *testing.T) {
	ctx := t.Context()
	s, err := Start(ctx, Options{Dir: t.TempDir(), Driver: &guest.Simulated{}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	seen := &changes{last: map[string]any{}}
	s.model.Map().AddHandler(seen)
	finder := find.NewFinder(s.client.Client)
	folder, err := finder.Folder(ctx, "/DC0/vm")
	if err != nil {
		t.Fatal(err)
	}
	pool, err := finder.ResourcePool(ctx, "/DC0/host/"+clusterWithoutDRS+"/Resources")
	if err != nil {
		t.Fatal(err)
	}
	const uuid = "11111111-2222-3333-4444-555555555555"
	spec := types.VirtualMachineConfigSpec{
		Name: "made", InstanceUuid: uuid, NumCPUs: 2, MemoryMB: 64, GuestId: "otherLinux64Guest",
		Files: &types.VirtualMachineFileInfo{VmPathName: "[LocalDS_0] made/made.vmx"},
	}
	task, err := folder.CreateVM(ctx, spec, pool, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := task.WaitEx(ctx); err != nil {
		t.Fatal(err)
	}
	seen.mu.Lock()
	defer seen.mu.Unlock()
	for name, want := range map[string]any{
		"config.instanceUuid": uuid, "config.hardware.numCPU": int32(2),
		"config.hardware.memoryMB": int32(64), "resourcePool": pool.Reference(),
	} {
		if got := seen.last[name]; got != want {
			t.Errorf("%s: told %v, want %v", name, got, want)
		}
	}
}
