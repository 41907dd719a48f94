package guest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// recorder is the model's side of the seam.
type recorder struct {
	reports chan Report
	states  chan State
	off     chan error
	resets  chan string
}

func newRecorder() *recorder {
	return &recorder{make(chan Report, 100), make(chan State, 100), make(chan error, 10), make(chan string, 10)}
}

func (r *recorder) GuestInfo(_, key, value string) {
	var report Report
	if key == reportKey && json.Unmarshal([]byte(value), &report) == nil {
		r.reports <- report
	}
}
func (r *recorder) Guest(_ string, s State)           { r.states <- s }
func (r *recorder) PoweredOff(_ string, reason error) { r.off <- reason }
func (r *recorder) Reset(id string)                   { r.resets <- id }

// until takes reports until one has the state.
func (r *recorder) until(t *testing.T, state string) Report {
	t.Helper()
	for {
		select {
		case report := <-r.reports:
			if report.State == state {
				return report
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("never %s", state)
		}
	}
}

func machine(t *testing.T, args ...string) Machine {
	c := map[string]any{"role": "container", "hostname": "h", "process": map[string]any{"args": args}, "log": map[string]any{"port": "ttyS1"},
		"networks": []any{map[string]any{"mac": "00:50:56:00:00:01", "address": "172.16.0.2/16"}}}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return Machine{ID: "vm-1", GuestInfo: map[string]string{configKey: string(text), reportKey: `{"run":4}`},
		Serials: []Serial{{Index: 0, Kind: SerialURI}, {Index: 1, Kind: SerialFile, Path: filepath.Join(t.TempDir(), "log")}}}
}

func TestASimulatedProcessThatCannotStartFails(t *testing.T) {
	d, r := &Simulated{}, newRecorder()
	if err := d.PowerOn(context.Background(), machine(t, "/nonexistent"), r); err != nil {
		t.Fatal(err)
	}
	report := r.until(t, "failed")
	if report.Reason != "EntrypointNotFound" || report.ExitCode == nil || *report.ExitCode != 127 {
		t.Errorf("report %v", report)
	}
	if err := <-r.off; err != nil {
		t.Error(err)
	}
}

func TestASimulatedScriptExitsWithItsCodeAndLogs(t *testing.T) {
	d, r := &Simulated{}, newRecorder()
	m := machine(t, "sh", "-c", `echo hi; echo "two words"; exit 7`)
	if err := d.PowerOn(context.Background(), m, r); err != nil {
		t.Fatal(err)
	}
	report := r.until(t, "exited")
	if <-r.off; report.Run != 5 || *report.ExitCode != 7 || report.Addresses[0] != "172.16.0.2/16" {
		t.Errorf("report %v", report)
	}
	if s := <-r.states; !s.ToolsRunning || s.IPAddress != "172.16.0.2" || s.HostName != "h" {
		t.Errorf("state %+v", s)
	}
	log, err := os.ReadFile(m.Serials[1].Path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	if len(lines) != 3 || !strings.HasSuffix(lines[0], " stdout F hi") || !strings.HasSuffix(lines[1], " stdout F two words") ||
		!strings.HasSuffix(lines[2], ` vic F {"run":5,"exitCode":7}`) {
		t.Errorf("log %q", lines)
	}
	if len(d.Running()) != 0 {
		t.Error("still running")
	}
}

func TestASimulatedGuestStopsPolitelyRebootsAndDies(t *testing.T) {
	d, r := &Simulated{}, newRecorder()
	ctx := context.Background()
	for _, call := range []func() error{
		func() error { return d.ShutdownGuest(ctx, "vm-1") }, func() error { return d.Reset(ctx, "vm-1") }, func() error { return d.Suspend(ctx, "vm-1") },
	} {
		if call() == nil {
			t.Error("a guest that isn't there answered")
		}
	}
	if err := d.PowerOn(ctx, machine(t, "nginx"), r); err != nil {
		t.Fatal(err)
	}
	if err := d.PowerOn(ctx, machine(t, "nginx"), r); err == nil {
		t.Error("a machine ran twice")
	}
	r.until(t, "running")
	if err := d.RebootGuest(ctx, "vm-1"); err != nil {
		t.Fatal(err)
	}
	if report := r.until(t, "running"); report.Run != 6 {
		t.Errorf("after a reboot: run %d", report.Run)
	}
	if err := d.ShutdownGuest(ctx, "vm-1"); err != nil {
		t.Fatal(err)
	}
	if report := r.until(t, "exited"); *report.ExitCode != 143 {
		t.Errorf("exit code %d", *report.ExitCode)
	}
	<-r.off
	if err := d.PowerOn(ctx, machine(t, "nginx"), r); err != nil {
		t.Fatal(err)
	}
	r.until(t, "running")
	if err := d.PowerOff(ctx, "vm-1"); err != nil {
		t.Fatal(err)
	}
	if len(r.off) != 0 {
		t.Error("a cord that was pulled was told as an event")
	}
}

func TestScripts(t *testing.T) {
	for args, want := range map[string]script{
		"":                       {missing: true},
		"false":                  {exitCode: 1},
		"/bin/true":              {},
		"redis-server /etc/r":    {forever: true},
		"sh -c exit 3":           {exitCode: 3},
		"sh -c false; exit":      {exitCode: 1},
		"sh -c while true; do :": {forever: true},
		"sleep 0.5":              {steps: []step{{sleep: 500 * time.Millisecond}}},
		"sleep infinity":         {forever: true},
	} {
		words := strings.Fields(args)
		if strings.HasPrefix(args, "sh -c ") {
			words = []string{"sh", "-c", strings.TrimPrefix(args, "sh -c ")}
		}
		got := parseScript(words)
		if got.forever != want.forever || got.exitCode != want.exitCode || got.missing != want.missing || len(got.steps) != len(want.steps) {
			t.Errorf("%q: %+v, want %+v", args, got, want)
		}
	}
}
