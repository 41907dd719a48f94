package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vic-operator/vic-operator/guest/config"
)

// Spec is a process to start.
type Spec struct {
	Process  config.Process
	Root     string // where the image's file system is mounted
	Hostname string
	Bind     map[string]string // files of the guest, by their paths in the container
	Stdout   *os.File
	Stderr   *os.File
}

// Process is an image's running process, process 1 of its own PID namespace: when it ends, all others in it do.
type Process struct {
	command *exec.Cmd
	cgroup  *cgroup
	stop    unix.Signal
	ended   chan struct{}
	exit    Exit
}

// Exit is how a process ended.
type Exit struct {
	Code      int // 128+n for a signal
	OOMKilled bool
	At        time.Time
}

// Start starts a process. Where the image or the configuration is to blame, the error is a *Failure.
func Start(s Spec) (*Process, error) {
	stop, err := signalNumber(s.Process.StopSignal)
	if err != nil {
		return nil, err
	}
	group, err := newCgroup()
	if err != nil {
		return nil, err
	}
	p := &Process{command: childCommand(s, group), cgroup: group, stop: stop, ended: make(chan struct{})}
	if err := p.launch(order{Root: s.Root, Hostname: s.Hostname, Bind: s.Bind, Process: s.Process}); err != nil {
		return nil, err
	}
	go p.wait()
	return p, nil
}

func childCommand(s Spec, group *cgroup) *exec.Cmd {
	c := exec.Command("/proc/self/exe", ChildArg)
	c.Stdout, c.Stderr = s.Stdout, s.Stderr
	c.Env = []string{}
	c.SysProcAttr = &syscall.SysProcAttr{
		Setsid:      true,
		Cloneflags:  unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWIPC,
		UseCgroupFD: true,
		CgroupFD:    group.fd(),
	}
	return c
}

// launch starts the child and waits until it has become the image's process, or told why it couldn't.
func (p *Process) launch(o order) error {
	orders, orderWriter, err := os.Pipe()
	if err != nil {
		return err
	}
	failures, failureWriter, err := os.Pipe()
	if err != nil {
		return err
	}
	defer failures.Close()
	p.command.ExtraFiles = []*os.File{orders, failureWriter}
	err = p.command.Start()
	orders.Close()
	failureWriter.Close()
	if err != nil {
		orderWriter.Close()
		return fmt.Errorf("start: %w", err)
	}
	err = json.NewEncoder(orderWriter).Encode(o)
	orderWriter.Close()
	told, readErr := io.ReadAll(failures)
	if err = errors.Join(err, readErr); err == nil && len(told) == 0 {
		return nil
	}
	waitErr := p.command.Wait()
	var f Failure
	if json.Unmarshal(told, &f) == nil && f.Reason != "" {
		return &f
	}
	return errors.Join(err, waitErr)
}

// PID is the process's number as the guest sees it.
func (p *Process) PID() int { return p.command.Process.Pid }

// Ended is closed when the process has ended; Exit tells how.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Exit is valid once Ended is closed.
func (p *Process) Exit() Exit { return p.exit }

// Stop sends the stop signal to the process and, when it has not ended in time, kills it and all it started.
// Negative patience never ends.
func (p *Process) Stop(patience time.Duration) {
	_ = p.command.Process.Signal(p.stop)
	var late <-chan time.Time
	if patience >= 0 {
		late = time.After(patience)
	}
	select {
	case <-p.ended:
	case <-late:
		_ = p.command.Process.Kill()
	}
}

func (p *Process) wait() {
	_ = p.command.Wait() // the state tells more than the error
	p.exit = Exit{Code: 1, At: time.Now(), OOMKilled: p.cgroup.oomKilled()}
	if state := p.command.ProcessState; state != nil {
		status := state.Sys().(syscall.WaitStatus)
		p.exit.Code = status.ExitStatus()
		if status.Signaled() {
			p.exit.Code = 128 + int(status.Signal())
		}
	}
	close(p.ended)
}
