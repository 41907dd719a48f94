package ops

import (
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

// authorizationHandlers answer that everybody may do everything: users are told
// apart at login, their rights aren't enforced.
func (s *Service) authorizationHandlers() {
	m := s.Mux
	rpc.Handle(m, "AuthorizationManager", func(_ *rpc.Call, r *types.HasPrivilegeOnEntities) (*types.HasPrivilegeOnEntitiesResponse, error) {
		if err := s.checkPrivileges(r.SessionId, r.Entity); err != nil {
			return nil, err
		}
		res := &types.HasPrivilegeOnEntitiesResponse{}
		for _, entity := range r.Entity {
			p := types.EntityPrivilege{Entity: entity}
			for _, id := range r.PrivId {
				p.PrivAvailability = append(p.PrivAvailability, types.PrivilegeAvailability{PrivId: id, IsGranted: true})
			}
			res.Returnval = append(res.Returnval, p)
		}
		return res, nil
	})
	rpc.Handle(m, "AuthorizationManager", func(_ *rpc.Call, r *types.HasPrivilegeOnEntity) (*types.HasPrivilegeOnEntityResponse, error) {
		if err := s.checkPrivileges(r.SessionId, []Ref{r.Entity}); err != nil {
			return nil, err
		}
		res := &types.HasPrivilegeOnEntityResponse{}
		for range r.PrivId {
			res.Returnval = append(res.Returnval, true)
		}
		return res, nil
	})
}

func (s *Service) checkPrivileges(session string, entities []Ref) error {
	known := false
	for _, other := range s.Sessions.List() {
		known = known || other.Key == session
	}
	if !known {
		return fault.InvalidArgument("sessionId")
	}
	return s.exist(entities...)
}
