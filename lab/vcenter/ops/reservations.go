package ops

import (
	"sync"
)

// reservations are names taken by tasks that haven't committed yet, so that of
// two that create the same name one fails at once and touches no file. The
// zero value is ready.
type reservations struct {
	mu    sync.Mutex
	taken map[string]bool
}

func (r *reservations) take(parent Ref, name string) (release func(), ok bool) {
	key := parent.Value + "/" + name
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.taken[key] {
		return nil, false
	}
	if r.taken == nil {
		r.taken = map[string]bool{}
	}
	r.taken[key] = true
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.taken, key)
	}, true
}
