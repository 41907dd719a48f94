package hypervisor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/vic-operator/vic-operator/lab/hypervisor/bootiso"
	"github.com/vic-operator/vic-operator/lab/hypervisor/l2switch"
	"github.com/vic-operator/vic-operator/lab/hypervisor/qmp"
	"github.com/vic-operator/vic-operator/lab/hypervisor/vmtools"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

const (
	// bootTimeout is when a machine without tools counts as booted.
	bootTimeout = 20 * time.Second
	// quitTimeout is how long QEMU may take to close its images by itself.
	quitTimeout = 3 * time.Second
	// drainTimeout is how long a guest's last words may take to be read.
	drainTimeout = 5 * time.Second
	// startTimeout is how long QEMU may take until it listens.
	startTimeout = 30 * time.Second
)

// run is one QEMU process, from start to end.
type run struct {
	machine *machine
	command *exec.Cmd
	log     string
	client  *qmp.Client
	session *vmtools.Session
	cables  map[string]*l2switch.Cable // by MAC address
	stop    context.CancelFunc
	exited  chan struct{}
	talked  chan struct{} // closed when the session with the tools has ended

	mu       sync.Mutex
	shutdown string                   // reason of QEMU's SHUTDOWN event
	deleted  map[string]chan struct{} // devices being unplugged
}

// outcome is how a run ended.
type outcome struct {
	rebooted bool
	reason   error // nil: the guest switched itself off
}

// listener passes what the guest says to the model.
type listener struct {
	id     string
	events guest.Events
}

func (l listener) GuestInfo(key, value string) { l.events.GuestInfo(l.id, key, value) }
func (l listener) State(s guest.State)         { l.events.Guest(l.id, s) }

func startRun(ctx context.Context, m *machine, boot *bootiso.Image, info map[string]string) (*run, error) {
	lifetime, stop := context.WithCancel(context.Background())
	r := &run{machine: m, stop: stop, log: filepath.Join(m.dir, "qemu.log"), cables: map[string]*l2switch.Cable{},
		session: vmtools.NewSession(info, m.GuestInfoBytes, listener{m.ID, m.events}), exited: make(chan struct{}),
		talked: make(chan struct{}), deleted: map[string]chan struct{}{}}
	var ends wires
	p := plan{machine: m.Machine, accelerator: m.driver.options.Accelerator, boot: boot,
		cpus: min(max(m.CPUs, 1), m.driver.options.MaxCPUs), serials: map[int]int{}}
	control, err := r.wire(&ends, &p)
	if err == nil {
		err = r.launch(p, &ends)
	}
	ends.close() // QEMU's alone from here on, so that its end is noticed
	if err != nil {
		stop()
		r.hangUp(control)
		return nil, err
	}
	go func() {
		defer close(r.talked)
		r.session.Serve(lifetime, control.rpci, control.tclo)
	}()
	go func() {
		_ = r.command.Wait()
		close(r.exited)
	}()
	if err := r.begin(ctx, control.conn); err != nil {
		r.end()
		failure := r.wait()
		return nil, errors.Join(err, failure.reason)
	}
	return r, nil
}

// begin takes control of QEMU, whose guest doesn't run yet.
func (r *run) begin(ctx context.Context, conn net.Conn) (err error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if r.client, err = qmp.Connect(ctx, conn, r.onEvent); err != nil {
		return err
	}
	for _, nic := range r.machine.NICs {
		if !nic.Connected {
			if err := r.setLink(ctx, nic); err != nil {
				return err
			}
		}
	}
	return nil
}

// release lets the guest run.
func (r *run) release(ctx context.Context) error {
	_, err := r.client.Execute(ctx, "cont", nil)
	return err
}

func (r *run) onEvent(event qmp.Event) {
	var data struct {
		Reason string `json:"reason"`
		Device string `json:"device"`
	}
	_ = json.Unmarshal(event.Data, &data) // what is missing stays empty
	r.mu.Lock()
	defer r.mu.Unlock()
	switch event.Name {
	case "SHUTDOWN":
		r.shutdown = data.Reason
	case "DEVICE_DELETED":
		if waiting := r.deleted[data.Device]; waiting != nil {
			close(waiting)
			delete(r.deleted, data.Device)
		}
	}
}

// holdGate keeps the machine's place among those that boot until its guest has
// spoken, ended, or had its time.
func (r *run) holdGate(leave func()) {
	defer leave()
	select {
	case <-r.session.Alive():
	case <-r.exited:
	case <-time.After(bootTimeout):
	}
}

// end stops QEMU, politely towards its images if it listens, and waits for it.
func (r *run) end() {
	if r.client != nil {
		ctx, cancel := context.WithTimeout(context.Background(), quitTimeout)
		defer cancel()
		_, _ = r.client.Execute(ctx, "quit", nil)
		select {
		case <-r.exited:
			return
		case <-ctx.Done():
		}
	}
	_ = r.command.Process.Kill()
	<-r.exited
}

// wait returns when QEMU has ended and all that it and the guest said was heard.
func (r *run) wait() outcome {
	<-r.exited
	if r.client != nil {
		<-r.client.Done()
		_ = r.client.Close()
	}
	select {
	case <-r.talked:
	case <-time.After(drainTimeout):
	}
	r.stop()
	r.unplugCables()
	r.mu.Lock()
	defer r.mu.Unlock()
	switch r.shutdown {
	case "guest-shutdown":
		return outcome{}
	case "guest-reset", "host-qmp-system-reset":
		return outcome{rebooted: true}
	case "":
		return outcome{reason: fmt.Errorf("QEMU ended: %s%s", r.command.ProcessState, r.lastWords())}
	}
	return outcome{reason: fmt.Errorf("QEMU shut down: %s", r.shutdown)}
}

// lastWords is the end of QEMU's output.
func (r *run) lastWords() string {
	text, err := os.ReadFile(r.log)
	if err != nil || len(bytes.TrimSpace(text)) == 0 {
		return ""
	}
	text = bytes.TrimSpace(text)
	return ": " + string(text[max(0, len(text)-512):])
}
