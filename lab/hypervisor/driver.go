// Package hypervisor runs the lab's virtual machines under QEMU: each boots
// what its configuration says, from its ISO, its chain of VMDK files, in its
// port groups. It needs no privileges and writes only below the directories
// that it is given.
package hypervisor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"

	"github.com/vic-operator/vic-operator/lab/hypervisor/accel"
	"github.com/vic-operator/vic-operator/lab/hypervisor/bootiso"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// Driver is a guest.Driver that boots machines under QEMU.
type Driver struct {
	options  Options
	boots    *bootiso.Cache
	networks *networks
	gate     chan struct{} // holds one for each machine that is booting
	spawner  *spawner
	lock     *os.File
	stop     context.CancelFunc
	stopped  context.Context
	closing  sync.Once

	mu       sync.Mutex
	machines map[string]*machine
}

var _ guest.Driver = (*Driver)(nil)

// ErrNotRunning says that a machine isn't on.
var ErrNotRunning = errors.New("the machine is not running")

// New prepares the directories and ends what an earlier driver, killed, has
// left running in RunDir.
func New(options Options) (*Driver, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := errors.Join(os.MkdirAll(options.CacheDir, 0o755), os.MkdirAll(options.RunDir, 0o700)); err != nil {
		return nil, err
	}
	lock, err := claim(options.RunDir)
	if err != nil {
		return nil, err
	}
	if err := sweep(options.RunDir); err != nil {
		lock.Close()
		return nil, err
	}
	if options.Accelerator == "" {
		options.Accelerator = accel.Best(options.QEMU)
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Driver{
		options: options, boots: bootiso.NewCache(filepath.Join(options.CacheDir, "boot")),
		networks: newNetworks(options.Networks), gate: make(chan struct{}, options.Boots),
		spawner: newSpawner(), lock: lock, stop: cancel, stopped: ctx, machines: map[string]*machine{},
	}, nil
}

// PowerOn starts a machine; see guest.Driver. It waits while as many others as
// Options.Boots are still booting.
func (d *Driver) PowerOn(ctx context.Context, m guest.Machine, events guest.Events) error {
	if m.ID == "" || !filepath.IsLocal(m.ID) || filepath.Base(m.ID) != m.ID {
		return fmt.Errorf("machine id %q is not usable", m.ID)
	}
	made := newMachine(d, m, events)
	d.mu.Lock()
	switch {
	case d.stopped.Err() != nil:
		d.mu.Unlock()
		return errors.New("the hypervisor is closed")
	case d.machines[m.ID] != nil:
		d.mu.Unlock()
		return fmt.Errorf("machine %s is running already", m.ID)
	}
	d.machines[m.ID] = made
	d.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer context.AfterFunc(made.life, cancel)()
	defer cancel()
	if err := made.powerOn(ctx); err != nil {
		d.forget(made)
		return err
	}
	return nil
}

// forget takes a machine that has ended off the list.
func (d *Driver) forget(m *machine) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.machines[m.ID] == m {
		delete(d.machines, m.ID)
	}
}

func (d *Driver) find(id string) (*machine, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if m := d.machines[id]; m != nil {
		return m, nil
	}
	return nil, fmt.Errorf("%s: %w", id, ErrNotRunning)
}

// with calls f for a running machine.
func (d *Driver) with(id string, f func(*machine) error) error {
	m, err := d.find(id)
	if err != nil {
		return err
	}
	return f(m)
}

// PowerOff ends a machine at once. What doesn't run is off already.
func (d *Driver) PowerOff(_ context.Context, id string) error {
	m, err := d.find(id)
	if err != nil {
		return nil
	}
	m.powerOff()
	return nil
}

// Reset starts the guest anew, in a new process; its disks stay as they are. A
// reset inside QEMU would leave half-sent messages on the ports of the tools.
func (d *Driver) Reset(ctx context.Context, id string) error {
	return d.with(id, func(m *machine) error { return m.reset(ctx) })
}

// Suspend stops the machine's processors.
func (d *Driver) Suspend(ctx context.Context, id string) error {
	return d.with(id, func(m *machine) error { return m.control(ctx, "stop", nil) })
}

// Resume lets the machine's processors run again.
func (d *Driver) Resume(ctx context.Context, id string) error {
	return d.with(id, func(m *machine) error { return m.control(ctx, "cont", nil) })
}

// ShutdownGuest sends OS_Halt to the guest's tools.
func (d *Driver) ShutdownGuest(_ context.Context, id string) error {
	return d.with(id, func(m *machine) error {
		return m.withRun(func(r *run) error { return r.session.Halt() })
	})
}

// RebootGuest sends OS_Reboot to the guest's tools.
func (d *Driver) RebootGuest(_ context.Context, id string) error {
	return d.with(id, func(m *machine) error {
		return m.withRun(func(r *run) error { return r.session.Reboot() })
	})
}

// AttachDisk plugs a disk into a running machine.
func (d *Driver) AttachDisk(ctx context.Context, id string, disk guest.Disk) error {
	return d.with(id, func(m *machine) error { return m.attachDisk(ctx, disk) })
}

// DetachDisk unplugs a disk and returns when its file is closed.
func (d *Driver) DetachDisk(ctx context.Context, id string, disk guest.Disk) error {
	return d.with(id, func(m *machine) error { return m.detachDisk(ctx, disk) })
}

// GuestInfo changes a guestinfo.* key as the guest reads it.
func (d *Driver) GuestInfo(_ context.Context, id, key, value string) error {
	return d.with(id, func(m *machine) error {
		return m.withRun(func(r *run) error { r.session.SetInfo(key, value); return nil })
	})
}

// SetNIC moves a NIC to another network or changes its link.
func (d *Driver) SetNIC(ctx context.Context, id string, nic guest.NIC) error {
	return d.with(id, func(m *machine) error { return m.setNIC(ctx, nic) })
}

// Migrate moves the connections of the machine's serial ports.
func (d *Driver) Migrate(ctx context.Context, id string) error {
	return d.with(id, func(m *machine) error { return m.migrate(ctx) })
}

// Running lists the machines that have a process.
func (d *Driver) Running() []guest.Process {
	d.mu.Lock()
	defer d.mu.Unlock()
	processes := []guest.Process{}
	for id, m := range d.machines {
		if pid := m.pid.Load(); pid != 0 {
			processes = append(processes, guest.Process{ID: id, PID: int(pid)})
		}
	}
	return processes
}

// Dial opens a TCP connection into a network of Options.Networks, from its
// gateway's address.
func (d *Driver) Dial(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
	return d.networks.dial(ctx, network, to)
}

// Close ends all machines.
func (d *Driver) Close() (err error) {
	d.closing.Do(func() { err = d.close() })
	return err
}

func (d *Driver) close() error {
	d.stop()
	d.mu.Lock()
	machines := make([]*machine, 0, len(d.machines))
	for _, m := range d.machines {
		machines = append(machines, m)
	}
	d.mu.Unlock()
	var all sync.WaitGroup
	for _, m := range machines {
		all.Go(m.powerOff)
	}
	all.Wait()
	d.networks.close()
	close(d.spawner.jobs)
	return d.lock.Close()
}
