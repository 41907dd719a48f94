// Package roles is what a guest does after its boot: run a container, or work for a console.
package roles

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/vic-operator/vic-operator/guest/boot"
	"github.com/vic-operator/vic-operator/guest/config"
	"github.com/vic-operator/vic-operator/guest/network"
	"github.com/vic-operator/vic-operator/guest/process"
	"github.com/vic-operator/vic-operator/guest/report"
	"github.com/vic-operator/vic-operator/guest/streams"
	"github.com/vic-operator/vic-operator/guest/tools"
)

// Reasons of a failed run that no image is to blame for.
const (
	reasonConfigInvalid = "ConfigInvalid"
	reasonNetworkFailed = "NetworkFailed"
	reasonGuestFailed   = "GuestFailed"
)

// reasonReportRefused is that of a run of which the hypervisor took no report: guestinfo has a bound.
const reasonReportRefused = "ReportRefused"

// reasonReset is that of a run that a reset of the VM ended.
const reasonReset = "Reset"

// namesDir holds the guest's own hosts, hostname and resolv.conf.
const namesDir = "/run/names"

// ending is how a guest was asked to end, once.
type ending struct {
	once  sync.Once
	asked chan struct{}
	how   boot.Ending
}

func newEnding() *ending { return &ending{asked: make(chan struct{}), how: boot.PowerOff} }

func (e *ending) ask(how boot.Ending) func() {
	return func() {
		e.once.Do(func() {
			e.how = how
			close(e.asked)
		})
	}
}

// Run is the agent: it learns its role, plays it to the end, and says how the machine shall end.
func Run() (boot.Ending, error) {
	channels, err := tools.Open()
	if err != nil {
		return boot.PowerOff, err
	}
	store, refused := report.Open(channels.RPC())
	data, err := channels.RPC().Request([]byte("info-get " + config.Key))
	if err != nil {
		return boot.PowerOff, errors.Join(refused, fail(store, reasonConfigInvalid, err))
	}
	c, err := config.Parse(data)
	if err != nil {
		return boot.PowerOff, errors.Join(refused, fail(store, reasonConfigInvalid, err))
	}
	if refused != nil {
		return boot.PowerOff, tellRefused(store, c.Log, refused)
	}
	g := &guest{config: c, store: store, ending: newEnding()}
	if store.CutShort() {
		if c.Role == config.Container {
			return boot.PowerOff, g.endCutShort()
		}
		if err := store.Begin(); err != nil {
			return boot.PowerOff, err
		}
	}
	if g.tools, err = tools.Start(channels, g.ending.ask(boot.PowerOff), g.ending.ask(boot.Restart)); err != nil {
		log.Printf("tools: %v", err) // a guest without tools still does its work
	}
	play := g.contain
	if c.Role == config.Worker {
		play = g.work
	}
	err = play()
	return g.ending.how, err
}

// guest is what all roles have.
type guest struct {
	config *config.Config
	store  *report.Store
	tools  *tools.Service
	ending *ending

	streams   *streams.Container // of a container
	answering answering

	network network.State // once connected
	exit    *process.Exit // of a container's process, once it has ended
	stopped bool          // it was asked to
}

// connect brings the networks up and writes the files that name them.
func (g *guest) connect() error {
	if err := unix.Sethostname([]byte(g.config.Hostname)); err != nil {
		return fail(g.store, reasonConfigInvalid, fmt.Errorf("hostname: %w", err))
	}
	state, err := network.Up(g.config.Networks)
	if err != nil {
		return fail(g.store, reasonNetworkFailed, err)
	}
	if err := writeNames(network.NewNames(g.config.Hostname, state.Addresses, state.DNS)); err != nil {
		return fail(g.store, reasonGuestFailed, err)
	}
	if g.tools != nil {
		go g.tools.Announce()
	}
	g.network = state
	return nil
}

// nameFiles are the guest's files by the paths that programs know.
var nameFiles = map[string]string{
	"/etc/hostname":    filepath.Join(namesDir, "hostname"),
	"/etc/hosts":       filepath.Join(namesDir, "hosts"),
	"/etc/resolv.conf": filepath.Join(namesDir, "resolv.conf"),
}

func writeNames(names network.Names) error {
	if err := os.MkdirAll(namesDir, 0o755); err != nil {
		return err
	}
	for path, content := range map[string]string{
		"/etc/hostname": names.Hostname, "/etc/hosts": names.Hosts, "/etc/resolv.conf": names.Resolv,
	} {
		if err := os.WriteFile(nameFiles[path], []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}
