package property

import (
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// lens shows the inventory as the assumptions have it.
type lens struct {
	inventory.Reader
	assumed control.Assumptions
}

// Lookup implements inventory.Reader.
func (l lens) Lookup(ref types.ManagedObjectReference) inventory.Object {
	return Seen(l.assumed, l.Reader.Lookup(ref))
}

// Seen gives an object as clients see it where a is assumed: o, or a copy. What
// vCenter can't know it doesn't show either.
func Seen(a control.Assumptions, o inventory.Object) inventory.Object {
	switch x := o.(type) {
	case *mo.VirtualMachine:
		hidden := x.Runtime.ConnectionState == types.VirtualMachineConnectionStateInaccessible
		if !hidden && !(a.NoPoolInVApps && x.ParentVApp != nil) {
			return o
		}
		seen := *x
		if hidden {
			seen.Config = nil // it can't be read from its file
		}
		if a.NoPoolInVApps && x.ParentVApp != nil {
			seen.ResourcePool = nil
		}
		return &seen
	case *mo.Folder:
		if a.VAppsOutsideFolders {
			seen := *x
			seen.ChildEntity = nil
			for _, child := range x.ChildEntity {
				if child.Type != "VirtualApp" {
					seen.ChildEntity = append(seen.ChildEntity, child)
				}
			}
			return &seen
		}
	case *mo.ClusterComputeResource:
		if config, ok := x.ConfigurationEx.(*types.ClusterConfigInfoEx); ok && a.NoDrs {
			seen, without := *x, *config
			without.DrsConfig.Enabled = types.NewBool(false)
			seen.ConfigurationEx = &without
			return &seen
		}
	}
	return o
}
