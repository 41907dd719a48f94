package authorization

import (
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// machineRules: creating, registering, changing, moving and copying virtual
// machines, as the reference says in words at each method.
func machineRules() {
	rule(func(q *query, p *types.CreateVM_Task) {
		q.on(q.this, "VirtualMachine.Inventory.Create")
		q.on(p.Pool, "Resource.AssignVMToPool")
		created(q, p.Config)
	})
	rule(func(q *query, p *types.CreateChildVM_Task) {
		q.on(q.this, "VirtualMachine.Inventory.Create")
		q.on(q.this, either(q.this.Type == "VirtualApp", "VApp.AssignVM", "Resource.AssignVMToPool"))
		created(q, p.Config)
	})
	rule(func(q *query, p *types.RegisterVM_Task) {
		q.on(q.this, "VirtualMachine.Inventory.Register")
		q.onIf(p.Pool, "Resource.AssignVMToPool")
		q.onDatastore(p.Path, "System.Read")
	})
	rule(func(q *query, p *types.RegisterChildVM_Task) {
		q.on(q.this, "VirtualMachine.Inventory.Register")
		q.onDatastore(p.Path, "System.Read")
	})
	rule(reconfigured)
	rule(func(q *query, p *types.MigrateVM_Task) {
		vm, _ := q.Lookup(q.this).(*mo.VirtualMachine)
		on := vm != nil && vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
		q.on(q.this, either(on, "Resource.HotMigrate", "Resource.ColdMigrate"))
		q.onIf(p.Pool, "Resource.AssignVMToPool")
	})
	rule(func(q *query, p *types.RelocateVM_Task) {
		vm, _ := q.Lookup(q.this).(*mo.VirtualMachine)
		on := vm != nil && vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
		q.on(q.this, either(on, "Resource.HotMigrate", "Resource.ColdMigrate"))
		q.onIf(p.Spec.Pool, "Resource.AssignVMToPool")
		q.onIf(p.Spec.Datastore, "Datastore.AllocateSpace")
	})
	rule(func(q *query, p *types.CloneVM_Task) {
		q.on(p.Folder, "VirtualMachine.Inventory.CreateFromExisting")
		q.on(q.this, "VirtualMachine.Provisioning.Clone")
		q.onIf(p.Spec.Location.Pool, "Resource.AssignVMToPool")
		q.onIf(p.Spec.Location.Datastore, "Datastore.AllocateSpace")
	})
}

// created: Folder.CreateVM_Task, to which CreateChildVM_Task refers. What a new
// VM is made of isn't a change of a device: it needs no AddRemoveDevice.
func created(q *query, spec types.VirtualMachineConfigSpec) {
	if len(spec.ExtraConfig) > 0 {
		q.on(q.this, "VirtualMachine.Config.AdvancedConfig")
	}
	if spec.SwapPlacement != "" {
		q.on(q.this, "VirtualMachine.Config.SwapPlacement")
	}
	if spec.Files != nil {
		q.onDatastore(spec.Files.VmPathName, "Datastore.AllocateSpace")
	}
	for _, change := range spec.DeviceChange {
		c := change.GetVirtualDeviceConfigSpec()
		if disk, ok := c.Device.(*types.VirtualDisk); ok {
			newDisk(q, c, disk)
		}
		network(q, c.Device)
	}
}

func newDisk(q *query, c *types.VirtualDeviceConfigSpec, disk *types.VirtualDisk) {
	if c.FileOperation == "" {
		q.on(q.this, "VirtualMachine.Config.AddExistingDisk")
		return
	}
	q.on(q.this, "VirtualMachine.Config.AddNewDisk")
	if b, ok := disk.Backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
		q.onDatastore(b.GetVirtualDeviceFileBackingInfo().FileName, "Datastore.AllocateSpace")
	}
}

// network: "Network.Assign on any network the virtual machine will be connected
// to". The reference also names DVSwitch.CanUse and DVPortgroup.CanUse; there
// are no such privileges.
func network(q *query, device types.BaseVirtualDevice) {
	card, ok := device.(types.BaseVirtualEthernetCard)
	if !ok {
		return
	}
	switch b := card.GetVirtualEthernetCard().Backing.(type) {
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		q.on(Ref{Type: "DistributedVirtualPortgroup", Value: b.Port.PortgroupKey}, "Network.Assign")
	case *types.VirtualEthernetCardNetworkBackingInfo:
		if b.Network != nil {
			q.on(*b.Network, "Network.Assign")
			return
		}
		for _, dc := range q.datacenters() {
			for _, ref := range dc.Network {
				if n, ok := q.Lookup(ref).(*mo.Network); ok && n.Name == b.DeviceName {
					q.on(ref, "Network.Assign")
				}
			}
		}
	}
}

// reconfigured: VirtualMachine.ReconfigVM_Task.
func reconfigured(q *query, p *types.ReconfigVM_Task) {
	s := &p.Spec
	for _, one := range []struct {
		changes   bool
		privilege string
	}{
		{s.Name != "", "VirtualMachine.Config.Rename"},
		{s.Annotation != "", "VirtualMachine.Config.Annotation"},
		{s.NumCPUs != 0 || s.NumCoresPerSocket != nil, "VirtualMachine.Config.CPUCount"},
		{s.MemoryMB != 0, "VirtualMachine.Config.Memory"},
		{len(s.ExtraConfig) > 0, "VirtualMachine.Config.AdvancedConfig"},
		{s.SwapPlacement != "", "VirtualMachine.Config.SwapPlacement"},
		{s.ChangeTrackingEnabled != nil, "VirtualMachine.Config.ChangeTracking"},
		{s.CpuAllocation != nil || s.MemoryAllocation != nil || s.CpuAffinity != nil || s.MemoryAffinity != nil, "VirtualMachine.Config.Resource"},
		{s.Tools != nil || s.Flags != nil || s.PowerOpInfo != nil || s.BootOptions != nil || s.GuestId != "" || s.Uuid != "" || s.InstanceUuid != "",
			"VirtualMachine.Config.Settings"},
	} {
		if one.changes {
			q.on(q.this, one.privilege)
		}
	}
	for _, change := range s.DeviceChange {
		deviceChanged(q, change.GetVirtualDeviceConfigSpec())
	}
}

func deviceChanged(q *query, c *types.VirtualDeviceConfigSpec) {
	disk, isDisk := c.Device.(*types.VirtualDisk)
	switch c.Operation {
	case types.VirtualDeviceConfigSpecOperationAdd:
		if isDisk {
			newDisk(q, c, disk)
		} else {
			q.on(q.this, "VirtualMachine.Config.AddRemoveDevice")
		}
		network(q, c.Device)
	case types.VirtualDeviceConfigSpecOperationRemove:
		q.on(q.this, either(isDisk, "VirtualMachine.Config.RemoveDisk", "VirtualMachine.Config.AddRemoveDevice"))
	default:
		q.on(q.this, "VirtualMachine.Config.EditDevice")
		network(q, c.Device)
	}
}
