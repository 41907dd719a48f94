package authorization

import (
	"slices"

	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25/types"
)

// Ids of roles that every vCenter has (API reference, AuthorizationManager:
// "System roles").
const (
	Admin    = int32(-1)
	ReadOnly = int32(-2)
	NoAccess = int32(-5)
)

// always are privileges that every role has which a user makes (reference,
// AddAuthorizationRole).
var always = []string{"System.Anonymous", "System.Read", "System.View"}

// known are all privileges there are.
var known = func() []string {
	for _, role := range esx.RoleList {
		if role.RoleId == Admin {
			return role.Privilege
		}
	}
	panic("govmomi's list of roles has no Admin")
}()

// Known says whether there is a privilege of that id.
func Known(id string) bool { return slices.Contains(known, id) }

// All lists the privileges as AuthorizationManager.privilegeList shows them.
func All() []types.AuthorizationPrivilege {
	list := make([]types.AuthorizationPrivilege, 0, len(known))
	for _, id := range known {
		group, name := split(id)
		list = append(list, types.AuthorizationPrivilege{PrivId: id, Name: name, PrivGroupName: group, OnParent: id == "System.Anonymous"})
	}
	return list
}

func split(id string) (group, name string) {
	for i := len(id) - 1; i > 0; i-- {
		if id[i] == '.' {
			return id[:i], id[i+1:]
		}
	}
	return "", id
}

// system are the privileges of the roles that every vCenter has, by id.
var system = func() map[int32][]string {
	byID := map[int32][]string{}
	for _, role := range SystemRoles() {
		byID[role.RoleId] = role.Privilege
	}
	return byID
}()

// SystemRoles are the roles of a new vCenter.
func SystemRoles() (roles []types.AuthorizationRole) {
	for _, role := range esx.RoleList {
		if role.System {
			roles = append(roles, role)
		}
	}
	return roles
}

// WithAlways gives a role's privileges, each once, sorted, with those that every
// role has.
func WithAlways(privileges []string) []string {
	list := slices.Concat(privileges, always)
	slices.Sort(list)
	return slices.Compact(list)
}
