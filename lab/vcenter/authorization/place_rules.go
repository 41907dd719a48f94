package authorization

import (
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// placeRules: folders, pools, vApps and networks, as the reference says in words
// at each.
func placeRules() {
	rule(func(q *query, p *types.UpdateConfig) {
		privilege := "Resource.EditPool"
		if q.this.Type == "VirtualApp" {
			privilege = "VApp.ResourceConfig"
		}
		q.on(q.this, privilege)
		q.onParents(q.this, privilege)
	})
	// VAppConfigSpec names the privilege at each of its fields.
	rule(func(q *query, p *types.UpdateVAppConfig) {
		s := p.Spec
		if s.Annotation != "" {
			q.on(q.this, "VApp.Rename")
		}
		if s.InstanceUuid != "" || s.ManagedBy != nil || s.EntityConfig != nil || s.Product != nil || s.Property != nil || s.IpAssignment != nil {
			q.on(q.this, "VApp.ApplicationConfig")
		}
	})
	rule(func(q *query, p *types.MoveIntoFolder_Task) { moveIntoFolder(q, p.List) })
	rule(func(q *query, p *types.MoveIntoResourcePool) { moveIntoPool(q, p.List) })
	rule(func(q *query, p *types.Rename_Task) { q.on(q.this, renamePrivilege(q.Lookup(q.this))) })
	rule(func(q *query, p *types.Destroy_Task) { destroy(q, q.this, 0) })
	rule(func(q *query, p *types.ReconfigureDVPortgroup_Task) {
		if p.Spec.Policy != nil {
			q.on(q.this, "DVPortgroup.PolicyOp")
		}
		if p.Spec.Scope != nil {
			q.on(q.this, "DVPortgroup.ScopeOp")
		}
		if p.Spec.Policy == nil && p.Spec.Scope == nil || p.Spec.Name != "" || p.Spec.DefaultPortConfig != nil || p.Spec.Description != "" {
			q.on(q.this, "DVPortgroup.Modify")
		}
	})
}

// renamePrivilege is not in the reference, which has no text at Rename_Task; it is
// in the Security guide's list of privileges, by what they let one rename.
func renamePrivilege(o inventory.Object) string {
	switch o.(type) {
	case *mo.VirtualMachine:
		return "VirtualMachine.Config.Rename"
	case *mo.VirtualApp:
		return "VApp.Rename"
	case *mo.ResourcePool:
		return "Resource.RenamePool"
	case *mo.Folder:
		return "Folder.Rename"
	case *mo.Datacenter:
		return "Datacenter.Rename"
	case *mo.Datastore:
		return "Datastore.Rename"
	case *mo.ClusterComputeResource:
		return "Host.Inventory.RenameCluster"
	case *mo.DistributedVirtualPortgroup:
		return "DVPortgroup.Modify"
	case *mo.VmwareDistributedVirtualSwitch:
		return "DVSwitch.Modify"
	}
	return "Network.Config"
}

// destroy: on the object and on what it stands in ("The appropriate privilege
// must be held on the parent of the destroyed entity as well as the entity
// itself", ManagedEntity.Destroy_Task), and so on for all that goes with it.
func destroy(q *query, ref Ref, depth int) {
	o := q.Lookup(ref)
	if o == nil || depth > 64 {
		return
	}
	both := func(privilege string) {
		q.on(ref, privilege)
		q.onParents(ref, privilege)
	}
	switch x := o.(type) {
	case *mo.VirtualMachine:
		both("VirtualMachine.Inventory.Delete")
	case *mo.VirtualApp: // of its parents, the folder
		q.on(ref, "VApp.Delete")
		if x.ParentFolder != nil {
			q.on(*x.ParentFolder, "VApp.Delete")
		}
		for _, child := range append(append([]Ref(nil), x.Vm...), x.ResourcePool.ResourcePool...) {
			destroy(q, child, depth+1)
		}
	case *mo.ResourcePool:
		both("Resource.DeletePool")
		for _, vm := range x.Vm {
			q.on(vm, "Resource.AssignVMToPool")
			q.onParents(ref, "Resource.AssignVMToPool")
		}
	case *mo.Folder:
		both("Folder.Delete")
		for _, child := range x.ChildEntity {
			destroy(q, child, depth+1)
		}
	case *mo.DistributedVirtualPortgroup:
		both("DVPortgroup.Delete")
	case *mo.VmwareDistributedVirtualSwitch:
		both("DVSwitch.Delete")
	case *mo.Datastore:
		both("Datastore.Delete")
	case *mo.Datacenter:
		both("Datacenter.Delete")
	case *mo.ClusterComputeResource:
		both("Host.Inventory.DeleteCluster")
	}
}

// moveIntoFolder: "checked against the source container, destination container,
// and the object".
func moveIntoFolder(q *query, list []Ref) {
	for _, ref := range list {
		privilege := "VirtualMachine.Inventory.Move"
		switch q.Lookup(ref).(type) {
		case *mo.Folder:
			privilege = "Folder.Move"
		case *mo.VirtualApp:
			privilege = "VApp.Move"
		case *mo.Datacenter:
			privilege = "Datacenter.Move"
		case *mo.ClusterComputeResource:
			privilege = "Host.Inventory.MoveCluster"
		case *mo.Datastore:
			privilege = "Datastore.Move"
		case *mo.VmwareDistributedVirtualSwitch:
			privilege = "DVSwitch.Move"
		case *mo.Network, *mo.DistributedVirtualPortgroup:
			privilege = "Network.Move"
		}
		q.on(ref, privilege)
		q.onParents(ref, privilege)
		q.on(q.this, privilege)
	}
}

func moveIntoPool(q *query, list []Ref) {
	intoApp := q.this.Type == "VirtualApp"
	for _, ref := range list {
		switch q.Lookup(ref).(type) {
		case *mo.ResourcePool:
			q.on(ref, "Resource.MovePool")
			q.onParents(ref, "Resource.MovePool")
			q.on(q.this, either(intoApp, "VApp.AssignResourcePool", "Resource.MovePool"))
		case *mo.VirtualApp:
			q.on(ref, "VApp.Move")
			q.onParents(ref, "VApp.Move")
			q.on(q.this, either(intoApp, "VApp.AssignVApp", "Resource.AssignVAppToPool"))
		default:
			privilege := either(intoApp, "VApp.AssignVM", "Resource.AssignVMToPool")
			q.on(ref, privilege)
			q.on(q.this, privilege)
		}
	}
}

func either(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}
