package vcenter

import (
	"fmt"
	"sync"
	"testing"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// govmomi's own simulator deadlocks at the tenth VM of eight clients.
func TestManyClientsAtOnceGetTheirMachines(t *testing.T) {
	r := start(t)
	s := r.site()
	ctx := testContext(t)
	app := must(s.pool.CreateVApp(ctx, "app", unlimited(), types.VAppConfigSpec{}, s.folder))(t)
	w := s.watch(containerViewSpec(s.allVMs(), "VirtualMachine", "name", "runtime.powerState", "config.hardware.device"))
	w.next(0)
	var clients sync.WaitGroup
	for i := range 64 {
		clients.Add(1)
		go func() {
			defer clients.Done()
			c, err := govmomi.NewClient(ctx, r.url, true)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = c.Logout(ctx) }()
			if err := life(r, c, app.Reference(), fmt.Sprintf("vm-%d", i)); err != nil {
				t.Errorf("client %d: %v", i, err)
			}
		}()
	}
	finished := make(chan struct{})
	go func() { clients.Wait(); close(finished) }()
	entered := map[types.ManagedObjectReference]bool{}
	for open := true; open; {
		select {
		case <-finished:
			open = false
		default:
		}
		for _, u := range w.next(1) {
			switch {
			case u.Kind == types.ObjectUpdateKindEnter && entered[u.Obj], u.Kind != types.ObjectUpdateKindEnter && !entered[u.Obj]:
				t.Errorf("%s: %s out of order", u.Obj.Value, u.Kind)
			case u.Kind == types.ObjectUpdateKindLeave:
				delete(entered, u.Obj)
			default:
				entered[u.Obj] = true
			}
		}
	}
	if w.next(0); len(entered) != 0 {
		t.Errorf("%d VMs left in the watch", len(entered))
	}
}

// life creates a VM, switches it on and off and unregisters it.
func life(r *running, c *govmomi.Client, app types.ManagedObjectReference, name string) error {
	ctx := testContext(r.t)
	spec := types.VirtualMachineConfigSpec{Name: name, Files: &types.VirtualMachineFileInfo{VmPathName: fmt.Sprintf("[ssd-1] %s/%s.vmx", name, name)},
		DeviceChange: []types.BaseVirtualDeviceConfigSpec{pvscsi(), addFile(disk(-1, 0, "", 1<<10))}}
	task, err := object.NewVirtualApp(c.Client, app).CreateChildVM(ctx, spec, nil)
	if err != nil {
		return err
	}
	info, err := task.WaitForResult(ctx)
	if err != nil {
		return err
	}
	vm := object.NewVirtualMachine(c.Client, info.Result.(types.ManagedObjectReference))
	if task, err = vm.PowerOn(ctx); err == nil {
		err = task.Wait(ctx)
	}
	if err != nil {
		return err
	}
	if task, err = vm.PowerOff(ctx); err == nil {
		err = task.Wait(ctx)
	}
	if err != nil {
		return err
	}
	return vm.Unregister(ctx)
}

func pvscsi() types.BaseVirtualDeviceConfigSpec {
	c := &types.ParaVirtualSCSIController{}
	c.Key, c.SharedBus = -1, types.VirtualSCSISharingNoSharing
	return add(c)
}
