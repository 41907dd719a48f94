package process

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vic-operator/vic-operator/guest/config"
)

// Spec is a container's process to start.
type Spec struct {
	Process  config.Process
	Root     string // where the image's file system is mounted
	Hostname string
	Bind     map[string]string // files of the guest, by their paths in the container
}

// Process is an image's running process, process 1 of its own PID namespace: when it ends, all others in it do.
type Process struct {
	*child
	cgroup *cgroup
	self   *os.File // its pidfd, by which others join its namespaces
	base   config.Process
	root   string
	host   string
	stop   unix.Signal

	stopping sync.Mutex
	stopped  bool        // it was asked to stop
	killer   *time.Timer // kills it when it doesn't in time; nil where nobody waits
}

// Exit is how a process ended.
type Exit struct {
	Code      int  // 128+n for a signal
	OOMKilled bool // the kernel killed a process of the container for memory
	At        time.Time
}

// Start starts a process. Where the image or the configuration is to blame, the error is a *Failure.
func Start(s Spec) (*Process, error) {
	stop, err := SignalNumber(s.Process.StopSignal)
	if err != nil {
		return nil, err
	}
	group, err := newCgroup()
	if err != nil {
		return nil, err
	}
	var terminal *Size
	if s.Process.TTY {
		terminal = &Size{}
	}
	p := &Process{cgroup: group, base: s.Process, root: s.Root, host: s.Hostname, stop: stop}
	p.child, err = launch(childSpec{
		cgroup: group, stdin: s.Process.OpenStdin,
		namespaces: unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWIPC,
		order:      order{Root: s.Root, Hostname: s.Hostname, Bind: s.Bind, Process: s.Process, Terminal: terminal},
	})
	if err != nil {
		return nil, err
	}
	pidfd, err := unix.PidfdOpen(p.PID(), 0)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("pidfd: %w", err), p.Signal(unix.SIGKILL))
	}
	p.self = os.NewFile(uintptr(pidfd), "pidfd")
	return p, nil
}

// Exit is valid once Ended is closed.
func (p *Process) Exit() Exit {
	e := p.child.exit
	e.OOMKilled = p.cgroup.oomKilled()
	return e
}

// Signal sends a signal to the process alone. Under Docker, to be sent SIGKILL or its own stop signal is to be stopped.
func (p *Process) Signal(signal unix.Signal) error {
	if signal == unix.SIGKILL || signal == p.stop {
		p.stopping.Lock()
		p.stopped = true
		p.stopping.Unlock()
	}
	return p.child.Signal(signal)
}

// Stop sends a signal and, when the process has not ended in time, kills it and all it started. Negative patience
// never ends. It doesn't wait, and takes the place of a stop that goes on already.
func (p *Process) Stop(signal unix.Signal, patience time.Duration) {
	p.stopping.Lock()
	defer p.stopping.Unlock()
	p.stopBy(signal, patience)
}

// StopOnce does so with the container's own signal, unless the process has been asked to stop before.
func (p *Process) StopOnce(patience time.Duration) {
	p.stopping.Lock()
	defer p.stopping.Unlock()
	if p.killer == nil {
		p.stopBy(p.stop, patience)
	}
}

// Stopping tells whether the process has been asked to stop.
func (p *Process) Stopping() bool {
	p.stopping.Lock()
	defer p.stopping.Unlock()
	return p.stopped
}

func (p *Process) stopBy(signal unix.Signal, patience time.Duration) {
	if p.killer != nil {
		p.killer.Stop()
	}
	p.stopped = true
	_ = p.child.Signal(signal)
	p.killer = time.AfterFunc(max(patience, 0), func() { _ = p.child.Signal(unix.SIGKILL) })
	if patience < 0 {
		p.killer.Stop()
	}
}

// StopSignal is the one that the container's configuration names.
func (p *Process) StopSignal() unix.Signal { return p.stop }
