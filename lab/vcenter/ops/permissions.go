package ops

import (
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/authorization"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

// setPermissions defines or changes permissions of an entity; those of others
// stay. The lab has users, no groups.
func (s *Service) setPermissions(_ *rpc.Call, r *types.SetEntityPermissions) (*types.SetEntityPermissionsResponse, error) {
	return &types.SetEntityPermissionsResponse{}, s.editPermissions(r.Entity, func(tx *inventory.Tx, e *mo.ManagedEntity) error {
		for _, p := range r.Permission {
			if _, ok := s.accounts.password(p.Principal); !ok || p.Group {
				return fault.New(&types.UserNotFound{Principal: p.Principal, Unresolved: true})
			}
			if !s.hasRole(tx, p.RoleId) {
				return fault.New(&types.NotFound{})
			}
			p.Entity = &r.Entity
			e.Permission = authorization.With(e.Permission, p, authorization.Principal(p.Principal))
		}
		return s.keepsAdministrator(tx)
	})
}

func (s *Service) removePermission(_ *rpc.Call, r *types.RemoveEntityPermission) (*types.RemoveEntityPermissionResponse, error) {
	return &types.RemoveEntityPermissionResponse{}, s.editPermissions(r.Entity, func(tx *inventory.Tx, e *mo.ManagedEntity) error {
		rest := authorization.WithoutPrincipal(e.Permission, authorization.Principal(r.User))
		if len(rest) == len(e.Permission) {
			return fault.New(&types.NotFound{})
		}
		e.Permission = rest
		return s.keepsAdministrator(tx)
	})
}

func (s *Service) editPermissions(entity Ref, change func(tx *inventory.Tx, e *mo.ManagedEntity) error) error {
	return s.Inv.Update(func(tx *inventory.Tx) error {
		o, err := tx.Edit(entity)
		if err != nil {
			return err
		}
		e := inventory.EntityOf(o)
		if e == nil {
			return fault.InvalidArgument("entity")
		}
		return change(tx, e)
	})
}

// keepsAdministrator refuses what would leave nobody with the Admin role on the
// root folder (reference, SetEntityPermissions: AuthMinimumAdminPermission).
func (s *Service) keepsAdministrator(r inventory.Reader) error {
	root := inventory.EntityOf(r.Lookup(s.content.RootFolder))
	if slices.ContainsFunc(root.Permission, func(p types.Permission) bool { return p.RoleId == authorization.Admin && p.Propagate }) {
		return nil
	}
	return fault.New(&types.AuthMinimumAdminPermission{})
}

func (s *Service) hasRole(r inventory.Reader, id int32) bool {
	m, err := inventory.Get[mo.AuthorizationManager](r, *s.content.AuthorizationManager)
	return err == nil && slices.ContainsFunc(shownManager(m).RoleList, func(role types.AuthorizationRole) bool { return role.RoleId == id })
}

func (s *Service) entityPermissions(_ *rpc.Call, r *types.RetrieveEntityPermissions) (*types.RetrieveEntityPermissionsResponse, error) {
	res := &types.RetrieveEntityPermissionsResponse{}
	err := s.exist(r.Entity)
	s.Inv.View(func(reader inventory.Reader) {
		for at := reader.Lookup(r.Entity); at != nil && err == nil; {
			e := inventory.EntityOf(at)
			if e == nil {
				return
			}
			for _, p := range e.Permission {
				if at.Reference() == r.Entity || p.Propagate {
					res.Returnval = append(res.Returnval, p)
				}
			}
			up := inventory.Parent(at)
			if up == nil || !r.Inherited {
				return
			}
			at = reader.Lookup(*up)
		}
	})
	return res, err
}

func (s *Service) allPermissions(*rpc.Call, *types.RetrieveAllPermissions) (*types.RetrieveAllPermissionsResponse, error) {
	return &types.RetrieveAllPermissionsResponse{Returnval: s.permissionsWith(func(types.Permission) bool { return true })}, nil
}

func (s *Service) rolePermissions(_ *rpc.Call, r *types.RetrieveRolePermissions) (*types.RetrieveRolePermissionsResponse, error) {
	return &types.RetrieveRolePermissionsResponse{Returnval: s.permissionsWith(func(p types.Permission) bool { return p.RoleId == r.RoleId })}, nil
}

func (s *Service) permissionsWith(match func(types.Permission) bool) (list []types.Permission) {
	s.Inv.View(func(r inventory.Reader) {
		for _, ref := range entitiesWith(r, match) {
			for _, p := range inventory.EntityOf(r.Lookup(ref)).Permission {
				if match(p) {
					list = append(list, p)
				}
			}
		}
	})
	return list
}
