package link

import (
	"sync"
	"time"
)

// activity knows how many commands run, and whether they get on.
type activity struct {
	mu    sync.Mutex
	open  int
	moves int
	idle  chan struct{} // closed once none runs; nil while nobody waits
}

// begin counts a command until the returned function is called.
func (a *activity) begin() (ended func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open++
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.open--
		if a.open == 0 && a.idle != nil {
			close(a.idle)
			a.idle = nil
		}
	}
}

func (a *activity) moved() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.moves++
}

func (a *activity) await() (idle <-chan struct{}, moves int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open == 0 {
		return nil, 0
	}
	if a.idle == nil {
		a.idle = make(chan struct{})
	}
	return a.idle, a.moves
}

// Drain waits until no command runs any more, but no longer than patience, and only as long as one of them has
// something to say within a pause.
func (s *Server) Drain(pause, patience time.Duration) {
	late := time.After(patience)
	for {
		idle, before := s.busy.await()
		if idle == nil {
			return
		}
		select {
		case <-idle:
			return
		case <-late:
			return
		case <-time.After(pause):
			if _, after := s.busy.await(); after == before {
				return
			}
		}
	}
}
