package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// childSpec is what the agent settles before a child takes over.
type childSpec struct {
	cgroup     *cgroup
	stdin      bool
	namespaces uintptr  // new ones
	join       *os.File // or a process whose namespaces the child joins, as a pidfd; nil: none
	order      order
}

// child is a process of the container that was started by this agent.
type child struct {
	*Streams
	command *exec.Cmd
	ended   chan struct{}
	exit    Exit
}

// launch starts a child and waits until it has become what it shall be, or has told why it couldn't.
func launch(s childSpec) (*child, error) {
	ours, theirs, err := openStreams(s.stdin, s.order.Terminal != nil)
	if err != nil {
		return nil, err
	}
	c := &child{Streams: ours, ended: make(chan struct{})}
	err = c.start(s, theirs)
	theirs.close()
	if err != nil {
		ours.close()
		return nil, err
	}
	go c.wait()
	return c, nil
}

func (c *child) start(s childSpec, theirs ends) error {
	orders, orderWriter, err := os.Pipe()
	if err != nil {
		return err
	}
	defer orders.Close()
	defer orderWriter.Close()
	failures, failureWriter, err := os.Pipe()
	if err != nil {
		return err
	}
	defer failures.Close()
	defer failureWriter.Close()
	c.command = childCommand(s, theirs, orders, failureWriter)
	if err := startIn(c.command, s.join); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	failureWriter.Close()
	s.order.Join = s.join != nil
	err = json.NewEncoder(orderWriter).Encode(s.order)
	orderWriter.Close()
	told, readErr := io.ReadAll(failures)
	if err = errors.Join(err, readErr); err == nil && len(told) == 0 {
		return c.takeTerminal()
	}
	waitErr := c.command.Wait()
	var f Failure
	if json.Unmarshal(told, &f) == nil && f.Reason != "" {
		return &f
	}
	return errors.Join(err, waitErr)
}

func childCommand(s childSpec, theirs ends, orders, failures *os.File) *exec.Cmd {
	c := exec.Command("/proc/self/exe", ChildArg)
	c.Stdin, c.Stdout, c.Stderr = theirs.stdin, theirs.stdout, theirs.stderr
	c.Env = []string{}
	c.ExtraFiles = []*os.File{orderFD - firstFD: orders, failureFD - firstFD: failures, terminalFD - firstFD: theirs.terminal, joinFD - firstFD: s.join}
	c.SysProcAttr = &syscall.SysProcAttr{
		Setsid: true, Cloneflags: s.namespaces, UseCgroupFD: true, CgroupFD: s.cgroup.fd(),
	}
	return c
}

// startIn starts a command in the PID namespace of another process; only a parent can choose that.
func startIn(c *exec.Cmd, join *os.File) error {
	if join == nil {
		return c.Start()
	}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread's children belong to the namespace, and it ends with this goroutine
		err := unix.Setns(int(join.Fd()), unix.CLONE_NEWPID)
		if err == nil {
			err = c.Start()
		}
		started <- err
	}()
	return <-started
}

// PID is the process's number as the guest sees it.
func (c *child) PID() int { return c.command.Process.Pid }

// Ended is closed when the process has ended; Exit tells how.
func (c *child) Ended() <-chan struct{} { return c.ended }

// Signal sends a signal to the process alone. One that has ended gets none.
func (c *child) Signal(s unix.Signal) error { return c.command.Process.Signal(s) }

func (c *child) wait() {
	_ = c.command.Wait() // the state tells more than the error
	c.exit = Exit{Code: 1, At: time.Now()}
	if state := c.command.ProcessState; state != nil {
		status := state.Sys().(syscall.WaitStatus)
		c.exit.Code = status.ExitStatus()
		if status.Signaled() {
			c.exit.Code = 128 + int(status.Signal())
		}
	}
	close(c.ended)
}
