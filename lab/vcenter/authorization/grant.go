package authorization

import (
	"slices"

	"github.com/vmware/govmomi/vim25/types"
)

// Level is a kind of place in the inventory where a permission is set.
type Level string

// The levels.
const (
	AtRoot          Level = "root"
	AtDatacenter    Level = "datacenter"
	AtHostFolder    Level = "hostFolder"
	AtCompute       Level = "compute"
	AtVMFolder      Level = "vmFolder"
	AtDatastore     Level = "datastore"
	AtNetworkFolder Level = "networkFolder"
)

// Grant is a role on all objects of a level.
type Grant struct {
	Level      Level    `json:"level"`
	Role       string   `json:"role"`
	Privileges []string `json:"privileges"`
	Propagate  bool     `json:"propagate"`
}

// Without gives the grants less some privileges, by roles of other names.
func Without(grants []Grant, suffix string, privileges []string) []Grant {
	out := slices.Clone(grants)
	for i := range out {
		if out[i].Role == "ReadOnly" {
			continue
		}
		out[i].Role += suffix
		out[i].Privileges = slices.DeleteFunc(slices.Clone(out[i].Privileges), func(p string) bool { return slices.Contains(privileges, p) })
	}
	return out
}

// With gives permissions with one in place of those that its principal had.
func With(permissions []types.Permission, one types.Permission, principal string) []types.Permission {
	return append(WithoutPrincipal(permissions, principal), one)
}

// WithoutPrincipal gives the permissions of all others.
func WithoutPrincipal(permissions []types.Permission, principal string) (others []types.Permission) {
	for _, p := range permissions {
		if Principal(p.Principal) != principal {
			others = append(others, p)
		}
	}
	return others
}
