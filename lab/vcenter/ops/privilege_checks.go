package ops

import (
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/authorization"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

// privilegeHandlers answer what sessions and users may do.
func (s *Service) privilegeHandlers() {
	m := s.Mux
	rpc.Handle(m, "AuthorizationManager", func(_ *rpc.Call, r *types.HasPrivilegeOnEntities) (*types.HasPrivilegeOnEntitiesResponse, error) {
		user, err := s.userOf(r.SessionId)
		if err != nil {
			return nil, err
		}
		granted, err := s.granted(user, r.Entity, r.PrivId)
		return &types.HasPrivilegeOnEntitiesResponse{Returnval: granted}, err
	})
	rpc.Handle(m, "AuthorizationManager", func(_ *rpc.Call, r *types.HasUserPrivilegeOnEntities) (*types.HasUserPrivilegeOnEntitiesResponse, error) {
		granted, err := s.granted(r.UserName, r.Entities, r.PrivId)
		return &types.HasUserPrivilegeOnEntitiesResponse{Returnval: granted}, err
	})
	rpc.Handle(m, "AuthorizationManager", func(_ *rpc.Call, r *types.HasPrivilegeOnEntity) (*types.HasPrivilegeOnEntityResponse, error) {
		user, err := s.userOf(r.SessionId)
		if err != nil {
			return nil, err
		}
		granted, err := s.granted(user, []Ref{r.Entity}, r.PrivId)
		res := &types.HasPrivilegeOnEntityResponse{}
		for _, entity := range granted {
			for _, p := range entity.PrivAvailability {
				res.Returnval = append(res.Returnval, p.IsGranted)
			}
		}
		return res, err
	})
	rpc.Handle(m, "AuthorizationManager", func(_ *rpc.Call, r *types.FetchUserPrivilegeOnEntities) (*types.FetchUserPrivilegeOnEntitiesResponse, error) {
		res := &types.FetchUserPrivilegeOnEntitiesResponse{}
		if err := s.exist(r.Entities...); err != nil {
			return nil, err
		}
		s.Inv.View(func(reader inventory.Reader) {
			for _, entity := range r.Entities {
				res.Returnval = append(res.Returnval, types.UserPrivilegeResult{Entity: entity,
					Privileges: authorization.Of(reader, *s.content.AuthorizationManager, entity, authorization.Principal(r.UserName))})
			}
		})
		return res, nil
	})
}

// userOf gives the user of the session with that key.
func (s *Service) userOf(session string) (string, error) {
	for _, other := range s.Sessions.List() {
		if other.Key == session {
			return other.UserName, nil
		}
	}
	return "", fault.InvalidArgument("sessionId")
}

func (s *Service) granted(user string, entities []Ref, privileges []string) (list []types.EntityPrivilege, err error) {
	if err := s.exist(entities...); err != nil {
		return nil, err
	}
	s.Inv.View(func(r inventory.Reader) {
		for _, entity := range entities {
			p := types.EntityPrivilege{Entity: entity}
			for _, id := range privileges {
				has := authorization.Has(r, *s.content.AuthorizationManager, entity, authorization.Principal(user), id)
				p.PrivAvailability = append(p.PrivAvailability, types.PrivilegeAvailability{PrivId: id, IsGranted: has})
			}
			list = append(list, p)
		}
	})
	return list, nil
}
