// Package vmtools plays the virtual machine monitor's side of VMware's guest
// tools: it answers RPCI requests of the guest and sends TCLO requests to it.
// docs/guest-protocol.md says how both travel. Guests are not trusted: what
// they send is bounded in size and rate, and checked before it is passed on.
package vmtools

import (
	"context"
	"net"
	"reflect"
	"slices"
	"sync"

	"golang.org/x/time/rate"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// Listener hears what the guest says. Calls come one at a time for each kind.
type Listener interface {
	GuestInfo(key, value string)
	State(guest.State)
}

// Session is one guest's run, from its start to its end or reset.
type Session struct {
	listener Listener
	info     *guestInfo
	requests limit
	commands chan string

	alive     chan struct{}
	aliveOnce sync.Once

	mu    sync.Mutex // held while the listener hears of a state, to keep the order
	state guest.State
}

// NewSession begins with the guestinfo.* keys as they stand at power-on, which
// the guest may add to until they have maxBytes; 0 is 1 MiB.
func NewSession(info map[string]string, maxBytes int, listener Listener) *Session {
	return &Session{
		listener: listener, info: newGuestInfo(info, maxBytes), requests: newLimit(),
		commands: make(chan string, 1), alive: make(chan struct{}),
	}
}

// Serve talks to the guest over its two ports until both are closed.
func (s *Session) Serve(ctx context.Context, rpci, tclo net.Conn) {
	var both sync.WaitGroup
	both.Go(func() { _ = s.serveRPCI(ctx, frames{rpci}) })
	both.Go(func() { _ = s.serveTCLO(ctx, frames{tclo}) })
	both.Wait()
}

// Alive is closed at the guest's first word.
func (s *Session) Alive() <-chan struct{} { return s.alive }

func (s *Session) signOfLife() { s.aliveOnce.Do(func() { close(s.alive) }) }

// SetInfo changes a guestinfo.* key from outside; "" removes it.
func (s *Session) SetInfo(key, value string) { s.info.put(key, value) }

// Info returns a copy of all guestinfo.* keys.
func (s *Session) Info() map[string]string {
	s.info.mu.Lock()
	defer s.info.mu.Unlock()
	values := make(map[string]string, len(s.info.values))
	for key, value := range s.info.values {
		values[key] = value
	}
	return values
}

// update changes the guest's state and tells the listener if it differs.
func (s *Session) update(change func(*guest.State)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.state
	next.NICs = slices.Clone(next.NICs)
	change(&next)
	if reflect.DeepEqual(next, s.state) {
		return
	}
	s.state = next
	s.listener.State(next)
}

// limit slows a guest down to a bounded rate of requests and bytes.
type limit struct{ requests, bytes *rate.Limiter }

func newLimit() limit {
	return limit{rate.NewLimiter(500, 1000), rate.NewLimiter(4<<20, 2*maxFrame)}
}

func (l limit) wait(ctx context.Context, size int) error {
	if err := l.requests.Wait(ctx); err != nil {
		return err
	}
	return l.bytes.WaitN(ctx, size)
}
