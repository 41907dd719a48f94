package streams

import (
	"sync"
	"time"

	"github.com/vic-operator/vic-operator/guest/process"
)

const (
	maxExecs = 1000
	// endedKept is how long an exec may be asked for after its end.
	endedKept = 5 * time.Minute
)

// execSpec is an exec as a console asks for it.
type execSpec struct {
	ID     string   `json:"id"`
	Args   []string `json:"args"`
	Env    []string `json:"env"`
	Cwd    string   `json:"cwd"`
	User   string   `json:"user"`
	Groups []string `json:"groups"`
	TTY    bool     `json:"tty"`
	Stdin  bool     `json:"stdin"`
}

// exec is a further process in the container: declared, then perhaps running, then ended.
type exec struct {
	spec execSpec
	done chan struct{} // closed when it has ended

	mu       sync.Mutex
	started  bool // or tried to
	running  Running
	exitCode *int
	endedAt  time.Time
}

// execTable knows the execs of a container by their ids.
type execTable struct {
	mu    sync.Mutex
	execs map[string]*exec
	order []*exec // oldest first
}

// add takes an exec, or says why not.
func (t *execTable) add(spec execSpec, now time.Time) (reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sweep(now)
	if t.execs[spec.ID] != nil {
		return reasonExists
	}
	if len(t.order) >= maxExecs && !t.evict() {
		return reasonTooMany
	}
	if t.execs == nil {
		t.execs = map[string]*exec{}
	}
	e := &exec{spec: spec, done: make(chan struct{})}
	t.execs[spec.ID] = e
	t.order = append(t.order, e)
	return ""
}

// get finds an exec that hasn't been forgotten.
func (t *execTable) get(id string, now time.Time) *exec {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sweep(now)
	return t.execs[id]
}

// sweep forgets what ended long ago.
func (t *execTable) sweep(now time.Time) {
	kept := t.order[:0]
	for _, e := range t.order {
		if ended, at := e.ended(); ended && now.Sub(at) > endedKept {
			delete(t.execs, e.spec.ID)
		} else {
			kept = append(kept, e)
		}
	}
	clear(t.order[len(kept):])
	t.order = kept
}

// evict makes room by forgetting the oldest one that doesn't run.
func (t *execTable) evict() bool {
	for i, e := range t.order {
		if !e.isRunning() {
			delete(t.execs, e.spec.ID)
			t.order = append(t.order[:i], t.order[i+1:]...)
			return true
		}
	}
	return false
}

// claim tells whether the caller is the first to start it.
func (e *exec) claim() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	first := !e.started
	e.started = true
	return first
}

func (e *exec) runs(p Running) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.running = p
}

func (e *exec) endedWith(code int, at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.exitCode, e.endedAt = &code, at
	close(e.done)
}

func (e *exec) ended() (bool, time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.exitCode != nil, e.endedAt
}

// isRunning counts one that is being started as running.
func (e *exec) isRunning() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.started && e.exitCode == nil
}

// process is what runs; nil before its start and after its end.
func (e *exec) process() Running {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.exitCode != nil {
		return nil
	}
	return e.running
}

// order is what package process shall start.
func (e *exec) order(size process.Size) process.ExecSpec {
	s := e.spec
	return process.ExecSpec{
		Args: s.Args, Env: s.Env, Cwd: s.Cwd, User: s.User, Groups: s.Groups, TTY: s.TTY, Stdin: s.Stdin, Size: size,
	}
}

// execView is an exec as "exec-inspect" shows it.
type execView struct {
	ID       string   `json:"id"`
	Running  bool     `json:"running"`
	PID      int      `json:"pid"`
	ExitCode *int     `json:"exitCode"`
	Started  bool     `json:"started"`
	Spec     execSpec `json:"spec"`
}

func (e *exec) view() execView {
	e.mu.Lock()
	defer e.mu.Unlock()
	v := execView{ID: e.spec.ID, ExitCode: e.exitCode, Started: e.started, Spec: e.spec}
	if e.running != nil {
		v.PID, v.Running = e.running.PID(), e.exitCode == nil
	}
	return v
}
