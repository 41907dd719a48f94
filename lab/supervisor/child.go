package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	firstBackoff = 100 * time.Millisecond
	maxBackoff   = 5 * time.Second
	// steadyAfter is how long a process has to run for its next end to count
	// as a first one.
	steadyAfter = time.Second
	// startAttempts is how often a process may end before it was ever ready.
	startAttempts = 3
)

// child is one Process under supervision.
type child struct {
	group    *Group
	process  Process
	stopping chan struct{} // closed by stop
	ended    chan struct{} // closed when run has returned
	gaveUp   chan error    // the first attempts all ended

	mu    sync.Mutex
	pid   int // 0 while nothing runs
	ready bool
}

func newChild(g *Group, p Process) *child {
	return &child{group: g, process: p, stopping: make(chan struct{}), ended: make(chan struct{}), gaveUp: make(chan error, 1)}
}

// run starts the process again and again until stop.
func (c *child) run() {
	defer close(c.ended)
	backoff, ends := firstBackoff, 0
	for !c.isStopping() {
		began := time.Now()
		err := c.runOnce()
		if c.isStopping() {
			return
		}
		if ends++; !c.isReady() && ends >= startAttempts {
			c.gaveUp <- fmt.Errorf("ended %d times while starting, last: %w", ends, err)
			return
		}
		if time.Since(began) > steadyAfter {
			backoff = firstBackoff
		}
		c.group.notify("%s ended (%v), starting it again", c.process.Role, err)
		select {
		case <-c.stopping:
		case <-time.After(backoff):
		}
		backoff = min(2*backoff, maxBackoff)
	}
}

func (c *child) runOnce() error {
	cmd, err := c.process.start(c.group.dir)
	if err != nil {
		return err
	}
	c.setPID(cmd.Process.Pid)
	if c.isStopping() { // stop saw no pid yet
		_ = c.signal(syscall.SIGTERM)
	}
	err = cmd.Wait()
	c.setPID(0)
	_ = os.Remove(pidFile(c.group.dir, c.process.Role))
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// waitReady returns nil once the process is ready.
func (c *child) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	result := make(chan error, 1)
	go func() {
		if c.process.Ready == nil {
			result <- nil
			return
		}
		result <- c.process.Ready(ctx)
	}()
	select {
	case err := <-result:
		if err == nil {
			c.mu.Lock()
			c.ready = true
			c.mu.Unlock()
		}
		return err
	case err := <-c.gaveUp:
		return err
	case <-c.stopping:
		return errStopped
	}
}

// stop returns when the process has ended.
func (c *child) stop(grace time.Duration) error {
	close(c.stopping)
	_ = c.signal(syscall.SIGTERM)
	select {
	case <-c.ended:
		return nil
	case <-time.After(grace):
	}
	_ = c.signal(syscall.SIGKILL)
	<-c.ended
	return fmt.Errorf("%s didn't end within %v and was killed", c.process.Role, grace)
}

// signal reaches the process, not its group: what it has started is its own to
// stop, and Sweep gets the rest.
func (c *child) signal(s syscall.Signal) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pid == 0 {
		return fmt.Errorf("%s doesn't run at the moment", c.process.Role)
	}
	return syscall.Kill(c.pid, s)
}

func (c *child) setPID(pid int) {
	c.mu.Lock()
	c.pid = pid
	c.mu.Unlock()
}

func (c *child) isReady() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ready
}

func (c *child) isStopping() bool {
	select {
	case <-c.stopping:
		return true
	default:
		return false
	}
}
