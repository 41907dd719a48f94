package rpc

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
)

// Session is a login. Ctx ends when it does.
type Session struct {
	Key       string
	UserName  string
	LoginTime time.Time
	Locale    string
	IPAddress string
	UserAgent string
	Ctx       context.Context

	end    context.CancelCauseFunc
	cookie string
	mu     sync.Mutex
	active time.Time
	calls  int64
}

// touch notes activity.
func (s *Session) touch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active = time.Now()
	s.calls++
}

// Info is the session as the API shows it.
func (s *Session) Info() types.UserSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	return types.UserSession{
		Key: s.Key, UserName: s.UserName, FullName: s.UserName, LoginTime: s.LoginTime, LastActiveTime: s.active,
		Locale: s.Locale, MessageLocale: s.Locale, IpAddress: s.IPAddress, UserAgent: s.UserAgent, CallCount: s.calls,
	}
}

// Sessions are the logins that live.
type Sessions struct {
	mu       sync.Mutex
	byCookie map[string]*Session
	ended    []*Session // the last ones that ended
	onEnd    func(*Session)
}

// NewSessions makes an empty set; onEnd runs for every session that ends.
func NewSessions(onEnd func(*Session)) *Sessions {
	return &Sessions{byCookie: map[string]*Session{}, onEnd: onEnd}
}

// Login makes a session for call.
func (s *Sessions) Login(c *Call, user, locale string) *Session {
	secret := make([]byte, 20)
	_, _ = rand.Read(secret)
	ctx, end := context.WithCancelCause(context.Background())
	now := time.Now()
	session := &Session{
		Key: uuid.NewString(), UserName: user, LoginTime: now, active: now, Locale: locale,
		Ctx: ctx, end: end, cookie: hex.EncodeToString(secret),
	}
	if session.Locale == "" {
		session.Locale = "en"
	}
	s.mu.Lock()
	s.byCookie[session.cookie] = session
	s.mu.Unlock()
	c.setCookie = session
	return session
}

// ByCookie finds the session of a cookie's value.
func (s *Sessions) ByCookie(cookie string) *Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byCookie[cookie]
}

// keptEnded is how many ended sessions are remembered.
const keptEnded = 20

// EndedByCookie finds a session that ended not long ago.
func (s *Sessions) EndedByCookie(cookie string) *Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, session := range s.ended {
		if session.cookie == cookie {
			return session
		}
	}
	return nil
}

// Expire ends the sessions whose last call began longer ago than idle.
func (s *Sessions) Expire(idle time.Duration) {
	for _, session := range s.List() {
		session.mu.Lock()
		rested := time.Since(session.active)
		session.mu.Unlock()
		if rested > idle {
			s.End(session.Key)
		}
	}
}

// List gives all sessions.
func (s *Sessions) List() (list []*Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, session := range s.byCookie {
		list = append(list, session)
	}
	return list
}

// End ends the session with that key; false if there is none.
func (s *Sessions) End(key string) bool {
	s.mu.Lock()
	var found *Session
	for cookie, session := range s.byCookie {
		if session.Key == key {
			found = session
			delete(s.byCookie, cookie)
		}
	}
	if found != nil {
		s.ended = append(s.ended, found)
		s.ended = s.ended[max(0, len(s.ended)-keptEnded):]
	}
	s.mu.Unlock()
	if found == nil {
		return false
	}
	found.end(NotAuthenticated(types.ManagedObjectReference{Type: "SessionManager", Value: "SessionManager"}))
	s.onEnd(found)
	return true
}

// EndAll ends every session.
func (s *Sessions) EndAll() {
	for _, session := range s.List() {
		s.End(session.Key)
	}
}

// NotAuthenticated is what a call without a session gets.
func NotAuthenticated(obj types.ManagedObjectReference) error {
	return fault.New(&types.NotAuthenticated{NoPermission: types.NoPermission{Object: &obj, PrivilegeId: "System.View"}})
}
