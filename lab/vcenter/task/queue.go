package task

import (
	"context"
	"sync"
)

// Queues lets work on one key happen in the order in which it was joined. The
// zero value is ready.
type Queues struct {
	mu   sync.Mutex
	last map[string]*Turn
}

// Turn is a place in a queue.
type Turn struct {
	queues *Queues
	key    string
	before *Turn
	left   chan struct{}
}

// Join takes the last place in key's queue.
func (q *Queues) Join(key string) *Turn {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.last == nil {
		q.last = map[string]*Turn{}
	}
	t := &Turn{queues: q, key: key, before: q.last[key], left: make(chan struct{})}
	q.last[key] = t
	return t
}

// First says that nobody is before.
func (t *Turn) First() bool {
	if t.before == nil {
		return true
	}
	select {
	case <-t.before.left:
		return true
	default:
		return false
	}
}

// Wait waits until all before have left, or ctx ends. Leave is due either way.
func (t *Turn) Wait(ctx context.Context) {
	if t.before == nil {
		return
	}
	select {
	case <-t.before.left:
	case <-ctx.Done():
	}
}

// Leave gives the turn to the next, once all before have left too.
func (t *Turn) Leave() {
	if before := t.before; before != nil {
		select {
		case <-before.left:
			t.before = nil
		default: // given up while waiting: the next waits for the one before
			go func() {
				<-before.left
				t.finish()
			}()
			return
		}
	}
	t.finish()
}

func (t *Turn) finish() {
	close(t.left)
	t.queues.mu.Lock()
	defer t.queues.mu.Unlock()
	if t.queues.last[t.key] == t {
		delete(t.queues.last, t.key)
	}
}
