package hypervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/vic-operator/vic-operator/lab/hypervisor/bootiso"
	"github.com/vic-operator/vic-operator/lab/hypervisor/vspc"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// machine is one powered-on machine. It outlives a reset, which is a new run.
type machine struct {
	guest.Machine // its Disks and NICs follow what is changed while it is on
	driver        *Driver
	events        guest.Events
	dir           string

	life context.Context // ends when powerOff is called
	kill context.CancelFunc

	mu    sync.Mutex // held while the machine changes; never while calling events
	run   *run       // nil before the first and after the last one
	again bool       // the run shall be followed by another: reset was called
	ended chan struct{}
	lines map[int]*vspc.Line // by index of the serial port; they outlive runs
	pid   atomic.Int64       // of the newest run's process, to be read without waiting; 0 before the first
}

func newMachine(d *Driver, m guest.Machine, events guest.Events) *machine {
	m.Disks, m.NICs = slices.Clone(m.Disks), slices.Clone(m.NICs)
	life, kill := context.WithCancel(d.stopped)
	return &machine{Machine: m, driver: d, events: events, life: life, kill: kill,
		dir: filepath.Join(d.options.RunDir, m.ID), ended: make(chan struct{})}
}

func (m *machine) powerOn(ctx context.Context) error {
	if err := os.Mkdir(m.dir, 0o700); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.stringLines(); err != nil {
		return errors.Join(err, os.RemoveAll(m.dir))
	}
	first, err := m.start(ctx, m.GuestInfo)
	if err == nil {
		if err = first.release(ctx); err != nil {
			first.end()
			first.wait()
		}
	}
	if err != nil {
		m.hangUp()
		return errors.Join(err, os.RemoveAll(m.dir))
	}
	m.begin(first)
	for _, line := range m.lines {
		line.Dial()
	}
	go m.supervise(first)
	return nil
}

func (m *machine) begin(next *run) {
	m.run = next
	m.pid.Store(int64(next.command.Process.Pid))
}

// start prepares a run, when it is this machine's turn. m.mu is held.
func (m *machine) start(ctx context.Context, info map[string]string) (*run, error) {
	boot, err := m.bootImage()
	if err != nil {
		return nil, err
	}
	select {
	case m.driver.gate <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	leaveGate := sync.OnceFunc(func() { <-m.driver.gate })
	if err := m.life.Err(); err != nil { // powered off meanwhile, or the driver is closed
		leaveGate()
		return nil, err
	}
	started, err := startRun(ctx, m, boot, info)
	if err != nil {
		leaveGate()
		return nil, err
	}
	go started.holdGate(leaveGate)
	return started, nil
}

// bootImage is what the machine's ISO loads; nil if its firmware has to find out.
func (m *machine) bootImage() (*bootiso.Image, error) {
	if m.CDROM == "" {
		return nil, nil
	}
	if err := m.driver.options.inRoots(m.CDROM); err != nil {
		return nil, err
	}
	if m.driver.options.RealISOBoot {
		return nil, nil
	}
	image, err := m.driver.boots.Open(m.CDROM)
	if errors.Is(err, os.ErrNotExist) {
		if _, missing := os.Stat(m.CDROM); missing != nil {
			return nil, err
		}
	}
	if err != nil {
		m.driver.options.Log.Info("the ISO's kernel cannot be loaded directly; its boot loader runs", "vm", m.ID, "reason", err)
		return nil, nil
	}
	return &image, nil
}

// supervise waits for the end of each run and decides what it means.
func (m *machine) supervise(current *run) {
	defer close(m.ended)
	for {
		outcome := current.wait()
		m.mu.Lock()
		m.run = nil
		if m.life.Err() != nil {
			m.mu.Unlock()
			break
		}
		reason := outcome.reason
		if m.again || outcome.rebooted {
			m.again = false
			next, err := m.start(m.life, current.session.Info())
			if err == nil {
				current = next
				m.begin(next)
				m.mu.Unlock()
				m.events.Reset(m.ID) // before the guest can say anything new
				if err := next.release(m.life); err != nil {
					m.driver.options.Log.Warn("start after a reset", "vm", m.ID, "error", err)
				}
				continue
			}
			reason = fmt.Errorf("start after a reset: %w", err)
		}
		m.mu.Unlock()
		m.finish()
		m.events.PoweredOff(m.ID, reason)
		return
	}
	m.finish()
}

func (m *machine) finish() {
	m.hangUp()
	if err := os.RemoveAll(m.dir); err != nil {
		m.driver.options.Log.Warn("remove run directory", "vm", m.ID, "error", err)
	}
	m.driver.forget(m)
	m.kill()
}

func (m *machine) powerOff() {
	m.kill() // whatever waits for the gate gives up
	m.mu.Lock()
	current := m.run
	m.mu.Unlock()
	if current != nil {
		current.end()
		<-m.ended
	}
}

func (m *machine) reset(ctx context.Context) error {
	return m.withRun(func(r *run) error {
		m.again = true
		_, err := r.client.Execute(ctx, "quit", nil)
		return err
	})
}

// withRun calls f with the current run, while nothing else changes the machine.
func (m *machine) withRun(f func(*run) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.run == nil || m.life.Err() != nil {
		return fmt.Errorf("%s: %w", m.ID, ErrNotRunning)
	}
	return f(m.run)
}

func (m *machine) control(ctx context.Context, command string, arguments any) error {
	return m.withRun(func(r *run) error {
		_, err := r.client.Execute(ctx, command, arguments)
		return err
	})
}
