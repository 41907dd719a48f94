package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Group is the processes of one lab, in the order in which they were started.
type Group struct {
	dir    string
	notify func(format string, args ...any)

	mu       sync.Mutex
	children []*child
}

// NewGroup makes the directories of a lab in dir, an absolute path. notify is
// told, in words for a person, what happens to the processes.
func NewGroup(dir string, notify func(format string, args ...any)) (*Group, error) {
	for _, sub := range []string{"run", "log", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, err
		}
	}
	return &Group{dir: dir, notify: notify}, nil
}

// StartError says that a role didn't become ready, with the end of its log.
type StartError struct {
	Role string
	Log  string // path
	Tail string
	Err  error
}

func (e *StartError) Error() string {
	return fmt.Sprintf("%s: %v\n--- the end of %s\n%s", e.Role, e.Err, e.Log, e.Tail)
}

func (e *StartError) Unwrap() error { return e.Err }

// Start runs p until Stop, again whenever it ends, and returns once it is ready;
// or with a StartError when it keeps ending or ctx is done before.
func (g *Group) Start(ctx context.Context, p Process) error {
	rotate(LogFile(g.dir, p.Role))
	c := newChild(g, p)
	g.mu.Lock()
	g.children = append(g.children, c)
	g.mu.Unlock()
	go c.run()
	if err := c.waitReady(ctx); err != nil {
		log := LogFile(g.dir, p.Role)
		return &StartError{Role: p.Role, Log: log, Tail: tail(log, 15), Err: err}
	}
	return nil
}

// Kill ends the running process of role at once; the group starts it again.
func (g *Group) Kill(role string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.children {
		if c.process.Role == role {
			return c.signal(syscall.SIGKILL)
		}
	}
	return fmt.Errorf("no process %q in this lab", role)
}

// Stop ends all processes, the last one first, each with SIGTERM and, after
// grace, SIGKILL.
func (g *Group) Stop(grace time.Duration) {
	g.mu.Lock()
	children := g.children
	g.children = nil
	g.mu.Unlock()
	for i := len(children) - 1; i >= 0; i-- {
		if err := children[i].stop(grace); err != nil {
			g.notify("%v", err)
		}
	}
}

// errStopped ends a wait for a child that is to stop.
var errStopped = errors.New("stopped")
