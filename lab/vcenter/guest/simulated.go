package guest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Simulated is a Driver without machines: its guests behave to the vCenter as
// ours do (docs/guest-protocol.md), in a goroutine each. For tests with many.
type Simulated struct {
	// BootDelay is how long a guest takes until its process runs.
	BootDelay time.Duration
	// OnRun, if set, is told of every guest that comes up; for workers, whose
	// link isn't simulated, a test takes over there.
	OnRun func(m Machine, c Config)

	mu     sync.Mutex
	guests map[string]*simulated
}

var (
	_ Driver       = (*Simulated)(nil)
	_ FileSwitcher = (*Simulated)(nil)
)

type simulated struct {
	machine Machine
	events  Events
	info    map[string]string // guarded by the driver
	cancel  context.CancelFunc
	done    chan struct{}
	halt    chan int // exit code of a polite stop
	reset   chan struct{}
	reboots atomic.Bool // the stop that goes on is a reboot's
}

// PowerOn implements Driver.
func (d *Simulated) PowerOn(_ context.Context, m Machine, events Events) error {
	ctx, cancel := context.WithCancel(context.Background())
	g := &simulated{
		machine: m, events: events, info: maps.Clone(m.GuestInfo), cancel: cancel,
		done: make(chan struct{}), halt: make(chan int, 1), reset: make(chan struct{}, 1),
	}
	if g.info == nil {
		g.info = map[string]string{}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.guests == nil {
		d.guests = map[string]*simulated{}
	}
	if d.guests[m.ID] != nil {
		cancel()
		return fmt.Errorf("%s runs already", m.ID)
	}
	d.guests[m.ID] = g
	go d.live(ctx, g)
	return nil
}

// live is a guest's life, resets included.
func (d *Simulated) live(ctx context.Context, g *simulated) {
	defer close(g.done)
	for d.boot(ctx, g) {
		g.events.Reset(g.machine.ID)
	}
	d.mu.Lock()
	if d.guests[g.machine.ID] == g {
		delete(d.guests, g.machine.ID)
	}
	d.mu.Unlock()
	if ctx.Err() == nil {
		g.events.PoweredOff(g.machine.ID, nil)
	}
}

// boot is one boot; true means that the guest was reset during it.
func (d *Simulated) boot(ctx context.Context, g *simulated) (again bool) {
	var c Config
	if err := json.Unmarshal([]byte(d.get(g, configKey)), &c); err != nil || g.machine.EmptyDrive {
		// Not one of ours, or without its agent: a machine that runs and says nothing.
		select {
		case <-ctx.Done():
		case <-g.halt:
		case <-g.reset:
			return true
		}
		return false
	}
	var former Report
	_ = json.Unmarshal([]byte(d.get(g, reportKey)), &former)
	if c.Role == "container" && d.wasCutShort(g, former) {
		return d.exit(g, c, former.cutShort(), 137)
	}
	report := Report{Run: former.Run + 1, State: "booting"}
	d.report(g, report)
	d.mark(g, report.Run)
	switch g.pause(ctx, d.BootDelay) {
	case ended:
		return false
	case wasReset:
		return true
	case stopped:
		report.Stopped = true
		return d.exit(g, c, report, 143)
	}
	report.State, report.PID, report.StartedAt, report.HostKey = "running", 100+report.Run, stamp(), simulatedHostKey
	for _, n := range c.Networks {
		if n.Address != "" {
			report.Addresses = append(report.Addresses, n.Address)
		}
	}
	run := parseScript(c.Process.Args)
	if c.Role == "worker" {
		run = script{forever: true}
	}
	if run.missing {
		report.State, report.Reason, report.Message = "failed", "EntrypointNotFound",
			fmt.Sprintf("exec: %q: executable file not found in $PATH", program(c.Process.Args))
		return d.exit(g, c, report, 127)
	}
	g.events.Guest(g.machine.ID, g.state(c))
	d.report(g, report)
	if d.OnRun != nil {
		d.OnRun(g.machine, c)
	}
	for _, s := range run.steps {
		if s.print != "" {
			d.log(g, c, "stdout", s.print)
		}
		if s.sleep == 0 {
			continue
		}
		switch g.pause(ctx, s.sleep) {
		case ended:
			return false
		case wasReset:
			return true
		case stopped:
			report.Stopped = true
			return d.exit(g, c, report, 143)
		}
	}
	if run.forever {
		switch g.pause(ctx, -1) {
		case ended:
			return false
		case wasReset:
			return true
		}
		report.Stopped, run.exitCode = true, 143
	}
	return d.exit(g, c, report, run.exitCode)
}

// What may happen to a guest that waits.
type interruption int

const (
	none interruption = iota
	ended
	stopped
	wasReset
)

// pause waits, for ever if d is negative.
func (g *simulated) pause(ctx context.Context, d time.Duration) interruption {
	var timeout <-chan time.Time
	if d >= 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case <-timeout:
		return none
	case <-ctx.Done():
		return ended
	case <-g.reset:
		return wasReset
	case <-g.halt:
		return stopped
	}
}

// exit is the process's end, which powers the guest off.
func (d *Simulated) exit(g *simulated, c Config, report Report, code int) (again bool) {
	if report.State != "failed" {
		report.State = "exited"
	}
	report.ExitCode, report.FinishedAt, report.PID = &code, stamp(), 0
	d.log(g, c, "vic", fmt.Sprintf(`{"run":%d,"exitCode":%d}`, report.Run, code))
	d.report(g, report)
	return g.reboots.Swap(false)
}

func (d *Simulated) report(g *simulated, r Report) {
	d.mu.Lock()
	g.info[reportKey] = r.String()
	d.mu.Unlock()
	g.events.GuestInfo(g.machine.ID, reportKey, r.String())
}

func (d *Simulated) get(g *simulated, key string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if value := g.info[key]; len(value) <= MaxValue {
		return value
	}
	return ""
}

func (g *simulated) state(c Config) State {
	s := State{ToolsRunning: true, ToolsVersion: "2147483647", HostName: c.Hostname, Family: "linuxGuest", FullName: "Other Linux (64-bit)", Heartbeat: true}
	for _, n := range c.Networks {
		if n.Address == "" {
			continue
		}
		if s.IPAddress == "" {
			s.IPAddress, _, _ = strings.Cut(n.Address, "/")
		}
		s.NICs = append(s.NICs, NICState{MAC: n.MAC, Addresses: []string{n.Address}})
	}
	return s
}

// log writes a line to the log's serial port, in the format of a CRI log.
func (d *Simulated) log(g *simulated, c Config, stream, line string) {
	index, err := strconv.Atoi(strings.TrimPrefix(c.Log.Port, "ttyS"))
	if err != nil {
		return
	}
	d.mu.Lock()
	ports := g.machine.Serials
	d.mu.Unlock()
	for _, port := range ports {
		if port.Index != index || port.Kind != SerialFile {
			continue
		}
		if f, err := os.OpenFile(port.Path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); err == nil {
			_, _ = fmt.Fprintf(f, "%s %s F %s\n", stamp(), stream, line)
			_ = f.Close()
		}
	}
}
