package ops

import (
	"crypto/subtle"
	"slices"
	"sync"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/authorization"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// Account is a user who may do what it is granted, and nothing else.
type Account struct {
	Username string
	Password string
	Grants   []authorization.Grant
}

// accounts are the logins. The zero value has none.
type accounts struct {
	mu             sync.Mutex
	passwords      map[string]string // by principal
	administrators map[string]string // principal → name
	limited        []Account
}

func (a *accounts) begin(administrators map[string]string, limited []Account) {
	a.passwords, a.administrators, a.limited = map[string]string{}, map[string]string{}, limited
	for name, password := range administrators {
		a.passwords[authorization.Principal(name)] = password
		a.administrators[authorization.Principal(name)] = name
	}
	for _, account := range limited {
		a.passwords[authorization.Principal(account.Username)] = account.Password
	}
}

func (a *accounts) password(user string) (string, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	password, ok := a.passwords[authorization.Principal(user)]
	return password, ok
}

func (a *accounts) set(user, password string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.passwords[authorization.Principal(user)] = password
}

// CheckPassword says whether user may log in with password.
func (s *Service) CheckPassword(user, password string) bool {
	want, ok := s.accounts.password(user)
	return ok && subtle.ConstantTimeCompare([]byte(want), []byte(password)) == 1
}

// administer gives the administrators their permission on the root folder, which
// no account can do itself.
func (s *Service) administer(tx *inventory.Tx) {
	root := inventory.MustEdit[mo.Folder](tx, s.content.RootFolder)
	for principal, name := range s.accounts.administrators {
		root.Permission = authorization.With(root.Permission, types.Permission{
			Entity: &root.Self, Principal: name, RoleId: authorization.Admin, Propagate: true,
		}, principal)
	}
}

// grantAll gives the accounts of a new vCenter what they are granted.
func (s *Service) grantAll(tx *inventory.Tx) {
	for _, account := range s.accounts.limited {
		s.grant(tx, account)
	}
}

// grantNew gives accounts what they are granted that an older inventory has
// never heard of.
func (s *Service) grantNew(tx *inventory.Tx) {
	for _, account := range s.accounts.limited {
		if !authorization.HasAccess(tx, authorization.Principal(account.Username)) {
			s.grant(tx, account)
		}
	}
}

// Grant makes an account, or gives one that is there other rights.
func (s *Service) Grant(account Account) error {
	s.accounts.set(account.Username, account.Password)
	return s.Inv.Update(func(tx *inventory.Tx) error {
		s.grant(tx, account)
		return nil
	})
}

func (s *Service) grant(tx *inventory.Tx, account Account) {
	for _, grant := range account.Grants {
		role := s.putRole(tx, grant.Role, grant.Privileges)
		for _, ref := range s.atLevel(tx, grant.Level) {
			permit(tx, ref, account.Username, role, grant.Propagate)
		}
		if grant.Level != authorization.AtDatacenter {
			continue
		}
		for _, ref := range foldersOfDatacenters(tx) {
			permit(tx, ref, account.Username, authorization.ReadOnly, false)
		}
	}
}

func permit(tx *inventory.Tx, ref Ref, username string, role int32, propagate bool) {
	o, err := tx.Edit(ref)
	if err != nil {
		return
	}
	e := inventory.EntityOf(o)
	e.Permission = authorization.With(e.Permission, types.Permission{
		Entity: &ref, Principal: username, RoleId: role, Propagate: propagate,
	}, authorization.Principal(username))
}

// foldersOfDatacenters are those between the root and datacenters: who may not
// read them finds nothing below.
func foldersOfDatacenters(r inventory.Reader) (refs []Ref) {
	for f := range inventory.All[mo.Folder](r) {
		if f.Parent != nil && slices.Contains(f.ChildType, "Datacenter") {
			refs = append(refs, f.Self)
		}
	}
	return refs
}

// putRole makes the role, or gives it these privileges, and tells its id.
func (s *Service) putRole(tx *inventory.Tx, name string, privileges []string) int32 {
	if name == "ReadOnly" {
		return authorization.ReadOnly
	}
	m := inventory.MustEdit[mo.AuthorizationManager](tx, *s.content.AuthorizationManager)
	for i := range m.RoleList {
		if m.RoleList[i].Name == name {
			m.RoleList[i].Privilege = authorization.WithAlways(privileges)
			return m.RoleList[i].RoleId
		}
	}
	role := newRole(m, name, privileges)
	m.RoleList = append(m.RoleList, role)
	return role.RoleId
}

func newRole(m *mo.AuthorizationManager, name string, privileges []string) types.AuthorizationRole {
	id := int32(1000)
	for _, role := range m.RoleList {
		id = max(id, role.RoleId)
	}
	return types.AuthorizationRole{RoleId: id + 1, Name: name, Info: &types.Description{Label: name, Summary: name}, Privilege: authorization.WithAlways(privileges)}
}

// atLevel lists the objects of a level of the inventory.
func (s *Service) atLevel(r inventory.Reader, level authorization.Level) (refs []Ref) {
	if level == authorization.AtRoot {
		return []Ref{s.content.RootFolder}
	}
	r.Each(func(o inventory.Object) {
		switch x := o.(type) {
		case *mo.Datacenter:
			switch level {
			case authorization.AtDatacenter:
				refs = append(refs, x.Self)
			case authorization.AtHostFolder:
				refs = append(refs, x.HostFolder)
			case authorization.AtVMFolder:
				refs = append(refs, x.VmFolder)
			case authorization.AtNetworkFolder:
				refs = append(refs, x.NetworkFolder)
			}
		case *mo.ClusterComputeResource, *mo.ComputeResource:
			if level == authorization.AtCompute {
				refs = append(refs, x.Reference())
			}
		case *mo.Datastore:
			if level == authorization.AtDatastore {
				refs = append(refs, x.Self)
			}
		}
	})
	return refs
}
