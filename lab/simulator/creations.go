package simulator

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// creations tell what a new machine is. The simulator shows one before it has
// the configuration that was asked for, and tells of its name alone in the end:
// whoever looked in between would take it for another one for ever.
type creations struct{}

var _ simulator.RegisterObject = (*creations)(nil)

// Reference implements simulator.RegisterObject: handlers are told apart by it.
func (c *creations) Reference() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "Creations", Value: "creations"}
}

// UpdateObject implements simulator.RegisterObject. A change of the name is the
// last thing of a creation; at a renaming the rest is told in vain.
func (c *creations) UpdateObject(ctx *simulator.Context, object mo.Reference, changes []types.PropertyChange) {
	vm, ok := object.(*mo.VirtualMachine)
	if !ok || vm.Config == nil || len(changes) != 1 || changes[0].Name != "name" {
		return
	}
	told := []types.PropertyChange{
		{Name: "config.instanceUuid", Val: vm.Config.InstanceUuid},
		{Name: "config.uuid", Val: vm.Config.Uuid},
		{Name: "config.changeVersion", Val: vm.Config.ChangeVersion},
		{Name: "config.hardware.numCPU", Val: vm.Config.Hardware.NumCPU},
		{Name: "config.hardware.memoryMB", Val: vm.Config.Hardware.MemoryMB},
		{Name: "summary.config.vmPathName", Val: vm.Summary.Config.VmPathName},
	}
	if vm.Runtime.Host != nil {
		told = append(told, types.PropertyChange{Name: "runtime.host", Val: *vm.Runtime.Host})
	}
	if vm.ResourcePool != nil {
		told = append(told, types.PropertyChange{Name: "resourcePool", Val: *vm.ResourcePool})
	}
	ctx.Update(object, told)
}

// PutObject implements simulator.RegisterObject.
func (c *creations) PutObject(*simulator.Context, mo.Reference) {}

// RemoveObject implements simulator.RegisterObject.
func (c *creations) RemoveObject(*simulator.Context, types.ManagedObjectReference) {}
