package authorization

import (
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// Ref is a managed object reference.
type Ref = types.ManagedObjectReference

// parentsOf are the objects from which o inherits permissions. A virtual machine
// inherits from its folder and its pool at once, a vApp from its folder and its
// pool (Security guide, "Hierarchical Inheritance of Permissions").
func parentsOf(o inventory.Object) (parents []Ref) {
	if up := inventory.Parent(o); up != nil {
		parents = append(parents, *up)
	}
	switch x := o.(type) {
	case *mo.VirtualMachine:
		if x.ResourcePool != nil && !slices.Contains(parents, *x.ResourcePool) {
			parents = append(parents, *x.ResourcePool)
		}
	case *mo.VirtualApp:
		if x.ParentFolder != nil {
			parents = append(parents, *x.ParentFolder)
		}
	}
	return parents
}

// rolesOn gives the roles that principal has on ref: of a permission on the
// object itself, else of the nearest permissions that propagate to it. A
// permission that doesn't propagate doesn't hold back those from further up.
func rolesOn(r inventory.Reader, ref Ref, principal string) []int32 {
	o := r.Lookup(ref)
	e := inventory.EntityOf(o)
	if e == nil {
		return nil
	}
	for _, p := range e.Permission {
		if Principal(p.Principal) == principal {
			return []int32{p.RoleId}
		}
	}
	return inherited(r, o, principal, 0)
}

// inherited walks up; the depth guards against circles that can't be.
func inherited(r inventory.Reader, o inventory.Object, principal string, depth int) (roles []int32) {
	for _, up := range parentsOf(o) {
		parent := r.Lookup(up)
		e := inventory.EntityOf(parent)
		if e == nil || depth > 64 {
			continue
		}
		i := slices.IndexFunc(e.Permission, func(p types.Permission) bool { return p.Propagate && Principal(p.Principal) == principal })
		if i >= 0 {
			roles = append(roles, e.Permission[i].RoleId)
		} else {
			roles = append(roles, inherited(r, parent, principal, depth+1)...)
		}
	}
	return roles
}

// Has says whether principal has the privilege on the entity ref. manager is the
// AuthorizationManager, which has the roles that users made.
func Has(r inventory.Reader, manager, ref Ref, principal, privilege string) bool {
	for _, id := range rolesOn(r, ref, principal) {
		if id == Admin || slices.Contains(privilegesOf(r, manager, id), privilege) {
			return true
		}
	}
	return false
}

// privilegesOf gives a role's privileges.
func privilegesOf(r inventory.Reader, manager Ref, id int32) []string {
	if id < 0 {
		return system[id]
	}
	m, _ := r.Lookup(manager).(*mo.AuthorizationManager)
	if m == nil {
		return nil
	}
	for i := range m.RoleList {
		if m.RoleList[i].RoleId == id {
			return m.RoleList[i].Privilege
		}
	}
	return nil
}

// Of lists the privileges that principal has on the entity ref, sorted.
func Of(r inventory.Reader, manager, ref Ref, principal string) (list []string) {
	for _, id := range rolesOn(r, ref, principal) {
		list = append(list, privilegesOf(r, manager, id)...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// HasAccess says whether principal has any permission at all: who hasn't may not
// log in (reference, SessionManager.Login: NoPermission).
func HasAccess(r inventory.Reader, principal string) (found bool) {
	r.Each(func(o inventory.Object) {
		if e := inventory.EntityOf(o); e != nil && !found {
			found = slices.ContainsFunc(e.Permission, func(p types.Permission) bool {
				return p.RoleId != NoAccess && Principal(p.Principal) == principal
			})
		}
	})
	return found
}
