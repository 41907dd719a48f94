package hypervisor

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vic-operator/vic-operator/lab/hypervisor/lan"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
	"github.com/vic-operator/vic-operator/lab/vmdk"
)

// patience bounds every wait for a guest; it is no expectation.
const patience = 4 * time.Minute

var lanNetwork = netip.MustParsePrefix("10.77.0.0/24")

// recorder is the model's side: it keeps what the driver reports.
type recorder struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each event
	info    map[string]string
	state   map[string]guest.State
	off     map[string]error
	isOff   map[string]bool
	resets  map[string]int
}

func newRecorder() *recorder {
	return &recorder{changed: make(chan struct{}), info: map[string]string{}, state: map[string]guest.State{},
		off: map[string]error{}, isOff: map[string]bool{}, resets: map[string]int{}}
}

func (r *recorder) note(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *recorder) GuestInfo(id, key, value string) {
	r.note(func() { r.info[id+" "+key] = value })
}
func (r *recorder) Guest(id string, s guest.State) { r.note(func() { r.state[id] = s }) }
func (r *recorder) PoweredOff(id string, reason error) {
	r.note(func() { r.off[id], r.isOff[id] = reason, true })
}
func (r *recorder) Reset(id string) {
	r.note(func() { r.resets[id]++; delete(r.state, id) })
}

// await waits until what holds, under the recorder's lock.
func (r *recorder) await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	timeout := time.After(patience)
	for {
		r.mu.Lock()
		done, changed := holds(), r.changed
		r.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("waited in vain for %s; recorded: %+v %+v", what, r.info, r.state)
		}
	}
}

func (r *recorder) awaitOff(t *testing.T, id string) error {
	t.Helper()
	r.await(t, id+" to be off", func() bool { return r.isOff[id] })
	return r.off[id]
}

func newDriver(t *testing.T, change func(*Options)) *Driver {
	t.Helper()
	options := Options{CacheDir: filepath.Join(filepath.Dir(testISO), "cache"), RunDir: t.TempDir(),
		Networks: map[string]lan.Config{"VM Network": {Subnet: lanNetwork}}, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&options)
	}
	driver, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := driver.Close(); err != nil {
			t.Error(err)
		}
	})
	return driver
}

// testMachine is one that boots the test guest.
func testMachine(id string) guest.Machine {
	return guest.Machine{ID: id, Name: "test, " + id, CPUs: 1, MemoryMiB: 128, CDROM: testISO,
		UUID: "4212a6b0-7a36-5b3c-8d1e-0123456789ab", GuestInfo: map[string]string{}}
}

func nic(n int, network string) guest.NIC {
	return guest.NIC{Key: int32(4000 + n), Model: "vmxnet3", MAC: fmt.Sprintf("00:50:56:00:00:%02x", n),
		Network: "network-" + network, NetworkName: network, Connected: true}
}

// booted is a machine with the test guest in it.
type booted struct {
	t      *testing.T
	id     string
	driver *Driver
	events *recorder
	asked  int
}

func boot(t *testing.T, driver *Driver, events *recorder, m guest.Machine) *booted {
	t.Helper()
	if err := driver.PowerOn(t.Context(), m, events); err != nil {
		t.Fatal(err)
	}
	return &booted{t, m.ID, driver, events, 0}
}

// ask has the guest perform a command and returns its result.
func (b *booted) ask(command string) string {
	b.t.Helper()
	b.send(command)
	prefix := fmt.Sprintf("%d ", b.asked)
	key := b.id + " guestinfo.test.result"
	b.events.await(b.t, "the answer to "+command, func() bool { return strings.HasPrefix(b.events.info[key], prefix) })
	b.events.mu.Lock()
	defer b.events.mu.Unlock()
	return strings.TrimPrefix(b.events.info[key], prefix)
}

// send has the guest perform a command that it may not survive.
func (b *booted) send(command string) {
	b.t.Helper()
	b.asked++
	if err := b.driver.GuestInfo(context.Background(), b.id, "guestinfo.test.command", fmt.Sprintf("%d %s", b.asked, command)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *booted) expect(command, want string) {
	b.t.Helper()
	if got := b.ask(command); got != want {
		b.t.Errorf("%s: %q, want %q", command, got, want)
	}
}

// newDisk makes a disk of 64 MiB.
func newDisk(t *testing.T, path string) string {
	t.Helper()
	if err := (vmdk.Store{}).Create(path, 64<<20); err != nil {
		t.Fatal(err)
	}
	return path
}

func newChild(t *testing.T, path, parent string) string {
	t.Helper()
	if err := (vmdk.Store{}).CreateChild(path, parent); err != nil {
		t.Fatal(err)
	}
	return path
}

func scsi(target int, path string) guest.Disk {
	return guest.Disk{Key: int32(2000 + target), Path: path, Controller: "pvscsi", Target: target, Mode: guest.Persistent}
}
