package simulator

import (
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// events tell the simulator what its guests do, by calls that any client may
// make: it has no other way in.
type events guests

var _ guest.Events = (*events)(nil)

// GuestInfo implements guest.Events.
func (e *events) GuestInfo(id, key, value string) {
	g := (*guests)(e)
	if one := g.find(id); one != nil && one.lasting[key] {
		g.set(one.vm, option(key, value))
	}
}

// Guest implements guest.Events. The simulator takes such keys as orders to set
// the property that they name.
func (e *events) Guest(id string, s guest.State) {
	g := (*guests)(e)
	one := g.find(id)
	if one == nil {
		return
	}
	status := types.VirtualMachineToolsRunningStatusGuestToolsNotRunning
	if s.ToolsRunning {
		status = types.VirtualMachineToolsRunningStatusGuestToolsRunning
	}
	g.set(one.vm, option("SET.guest.toolsRunningStatus", string(status)), option("SET.guest.hostName", s.HostName))
}

// PoweredOff implements guest.Events.
func (e *events) PoweredOff(id string, _ error) {
	g := (*guests)(e)
	one := g.find(id)
	if one == nil {
		return
	}
	task, err := one.vm.PowerOff(g.ctx)
	g.finish("powering off", task, err)
}

// Reset implements guest.Events: nothing of it shows in the simulator.
func (e *events) Reset(string) {}

func option(key, value string) types.BaseOptionValue {
	return &types.OptionValue{Key: key, Value: value}
}

func (g *guests) set(vm *object.VirtualMachine, options ...types.BaseOptionValue) {
	task, err := vm.Reconfigure(g.ctx, types.VirtualMachineConfigSpec{ExtraConfig: options})
	g.finish("telling of a guest", task, err)
}

// finish waits for a task.
func (g *guests) finish(doing string, task *object.Task, err error) {
	if err == nil {
		err = task.WaitEx(g.ctx)
	}
	if err != nil {
		g.complain(doing, err)
	}
}
