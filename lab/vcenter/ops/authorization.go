package ops

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/authorization"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

func (s *Service) authorizationHandlers() {
	m := s.Mux
	rpc.Handle(m, "AuthorizationManager", s.addRole)
	rpc.Handle(m, "AuthorizationManager", s.updateRole)
	rpc.Handle(m, "AuthorizationManager", s.removeRole)
	rpc.Handle(m, "AuthorizationManager", s.setPermissions)
	rpc.Handle(m, "AuthorizationManager", s.removePermission)
	rpc.Handle(m, "AuthorizationManager", s.entityPermissions)
	rpc.Handle(m, "AuthorizationManager", s.allPermissions)
	rpc.Handle(m, "AuthorizationManager", s.rolePermissions)
	s.privilegeHandlers()
}

// viewer gives what the user of a session may see.
func (s *Service) viewer(session *rpc.Session) authorization.Viewer {
	return authorization.Viewer{Principal: authorization.Principal(session.UserName), Manager: *s.content.AuthorizationManager}
}

// Authorize refuses calls that their user lacks privileges for.
func (s *Service) Authorize(c *rpc.Call, params any) error {
	if c.Session == nil {
		return nil
	}
	var missing []authorization.Need
	s.Inv.View(func(r inventory.Reader) {
		user := authorization.Principal(c.Session.UserName)
		needs := authorization.Needs(r, s.content.RootFolder, c.This, user, c.Method, params)
		s.Checked.Note(user, c.Method, needs)
		missing = s.missing(r, user, needs)
	})
	if len(missing) == 0 {
		return nil
	}
	denied := fault.New(authorization.Fault(missing))
	if s.Assumed().DeniedInTask && strings.HasSuffix(c.Method, "_Task") {
		c.TaskFault = denied
		return nil
	}
	return denied
}

// missing lists the needs that the user hasn't.
func (s *Service) missing(r inventory.Reader, user string, needs []authorization.Need) []authorization.Need {
	return slices.DeleteFunc(slices.Clone(needs), func(n authorization.Need) bool {
		return authorization.Has(r, *s.content.AuthorizationManager, n.Object, user, n.Privilege)
	})
}

// mayLogIn says whether the user has any permission: without, Login answers
// NoPermission.
func (s *Service) mayLogIn(user string) (may bool) {
	s.Inv.View(func(r inventory.Reader) { may = authorization.HasAccess(r, authorization.Principal(user)) })
	return may
}

// shownManager is the AuthorizationManager as clients see it: only roles that
// users made are kept.
func shownManager(stored *mo.AuthorizationManager) *mo.AuthorizationManager {
	m := *stored
	m.PrivilegeList = authorization.All()
	m.RoleList = append(authorization.SystemRoles(), stored.RoleList...)
	return &m
}

func (s *Service) editRoles(change func(tx *inventory.Tx, m *mo.AuthorizationManager) error) error {
	return s.Inv.Update(func(tx *inventory.Tx) error {
		return change(tx, inventory.MustEdit[mo.AuthorizationManager](tx, *s.content.AuthorizationManager))
	})
}

func checkRole(m *mo.AuthorizationManager, id int32, name string, privileges []string) error {
	if name == "" {
		return fault.New(&types.InvalidName{Name: name})
	}
	for _, p := range privileges {
		if !authorization.Known(p) {
			return fault.InvalidArgument("privIds")
		}
	}
	for _, role := range shownManager(m).RoleList {
		if role.Name == name && role.RoleId != id {
			return fault.New(&types.AlreadyExists{Name: name})
		}
	}
	return nil
}

func (s *Service) addRole(_ *rpc.Call, r *types.AddAuthorizationRole) (*types.AddAuthorizationRoleResponse, error) {
	res := &types.AddAuthorizationRoleResponse{}
	return res, s.editRoles(func(_ *inventory.Tx, m *mo.AuthorizationManager) error {
		if err := checkRole(m, 0, r.Name, r.PrivIds); err != nil {
			return err
		}
		role := newRole(m, r.Name, r.PrivIds)
		m.RoleList, res.Returnval = append(m.RoleList, role), role.RoleId
		return nil
	})
}

func (s *Service) updateRole(_ *rpc.Call, r *types.UpdateAuthorizationRole) (*types.UpdateAuthorizationRoleResponse, error) {
	return &types.UpdateAuthorizationRoleResponse{}, s.editRoles(func(_ *inventory.Tx, m *mo.AuthorizationManager) error {
		if err := checkRole(m, r.RoleId, r.NewName, r.PrivIds); err != nil {
			return err
		}
		for i := range m.RoleList {
			if m.RoleList[i].RoleId == r.RoleId {
				m.RoleList[i].Name, m.RoleList[i].Privilege = r.NewName, authorization.WithAlways(r.PrivIds)
				return nil
			}
		}
		return noRole(r.RoleId)
	})
}

// noRole: the system's roles can't be changed.
func noRole(id int32) error {
	if id < 0 {
		return fault.InvalidArgument("roleId")
	}
	return fault.New(&types.NotFound{})
}

// removeRole refuses a role in use where failIfUsed, and otherwise takes it from
// all who have it.
func (s *Service) removeRole(_ *rpc.Call, r *types.RemoveAuthorizationRole) (*types.RemoveAuthorizationRoleResponse, error) {
	return &types.RemoveAuthorizationRoleResponse{}, s.editRoles(func(tx *inventory.Tx, m *mo.AuthorizationManager) error {
		i := slices.IndexFunc(m.RoleList, func(role types.AuthorizationRole) bool { return role.RoleId == r.RoleId })
		if i < 0 {
			return noRole(r.RoleId)
		}
		has := func(p types.Permission) bool { return p.RoleId == r.RoleId }
		used := entitiesWith(tx, has)
		if r.FailIfUsed && len(used) > 0 {
			return fault.New(&types.RemoveFailed{})
		}
		for _, ref := range used {
			if o, err := tx.Edit(ref); err == nil {
				e := inventory.EntityOf(o)
				e.Permission = slices.DeleteFunc(slices.Clone(e.Permission), has)
			}
		}
		m.RoleList = append(m.RoleList[:i:i], m.RoleList[i+1:]...)
		return nil
	})
}

func entitiesWith(r inventory.Reader, match func(types.Permission) bool) (refs []Ref) {
	r.Each(func(o inventory.Object) {
		if e := inventory.EntityOf(o); e != nil && slices.ContainsFunc(e.Permission, match) {
			refs = append(refs, o.Reference())
		}
	})
	return refs
}
