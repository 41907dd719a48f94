package ops

import (
	"context"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

func (s *Service) sessionHandlers() {
	m := s.Mux
	// CurrentTime needs a session: govmomi keeps sessions alive with it for that
	// reason (its pull request 408).
	m.Public("RetrieveServiceContent", "Login")
	rpc.Handle(m, "ServiceInstance", func(*rpc.Call, *types.RetrieveServiceContent) (*types.RetrieveServiceContentResponse, error) {
		return &types.RetrieveServiceContentResponse{Returnval: s.content}, nil
	})
	rpc.Handle(m, "ServiceInstance", func(*rpc.Call, *types.CurrentTime) (*types.CurrentTimeResponse, error) {
		return &types.CurrentTimeResponse{Returnval: time.Now()}, nil
	})
	rpc.Handle(m, "SessionManager", s.login)
	rpc.Handle(m, "SessionManager", func(c *rpc.Call, _ *types.Logout) (*types.LogoutResponse, error) {
		s.Sessions.End(c.Session.Key)
		return &types.LogoutResponse{}, nil
	})
	rpc.Handle(m, "SessionManager", func(_ *rpc.Call, r *types.SessionIsActive) (*types.SessionIsActiveResponse, error) {
		for _, session := range s.Sessions.List() {
			if session.Key == r.SessionID && session.UserName == r.UserName {
				return &types.SessionIsActiveResponse{Returnval: true}, nil
			}
		}
		return &types.SessionIsActiveResponse{}, nil
	})
	rpc.Handle(m, "SessionManager", s.terminate)
}

// expireSessions ends idle sessions until ctx ends, where they are assumed to.
func (s *Service) expireSessions(ctx context.Context) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if idle := s.Assumed().IdleSessionMs; idle > 0 {
				s.Sessions.Expire(time.Duration(idle) * time.Millisecond)
			}
		case <-ctx.Done():
			return
		}
	}
}

func (s *Service) login(c *rpc.Call, r *types.Login) (*types.LoginResponse, error) {
	if c.Session != nil || !s.CheckPassword(r.UserName, r.Password) {
		return nil, fault.New(&types.InvalidLogin{})
	}
	if !s.mayLogIn(r.UserName) {
		return nil, fault.New(&types.NoPermission{Object: &s.content.RootFolder, PrivilegeId: "System.View"})
	}
	return &types.LoginResponse{Returnval: s.Sessions.Login(c, r.UserName, r.Locale).Info()}, nil
}

func (s *Service) terminate(c *rpc.Call, r *types.TerminateSession) (*types.TerminateSessionResponse, error) {
	for _, key := range r.SessionId {
		if key == c.Session.Key {
			return nil, fault.InvalidArgument("sessionId")
		}
	}
	for _, key := range r.SessionId {
		if !s.Sessions.End(key) {
			return nil, fault.New(&types.NotFound{})
		}
	}
	return &types.TerminateSessionResponse{}, nil
}

// sessionManager is the SessionManager as c's session sees it: its properties
// are made when they are read.
func (s *Service) sessionManager(c *rpc.Call, stored *mo.SessionManager) *mo.SessionManager {
	m := *stored
	for _, session := range s.Sessions.List() {
		m.SessionList = append(m.SessionList, session.Info())
	}
	if c.Session != nil {
		info := c.Session.Info()
		m.CurrentSession = &info
	}
	return &m
}
