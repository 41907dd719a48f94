package hypervisor

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

func TestAGuestBootsTalksAndSwitchesItselfOff(t *testing.T) {
	dir := t.TempDir()
	base := newDisk(t, filepath.Join(dir, "base.vmdk"))
	leaf := newChild(t, filepath.Join(dir, "leaf.vmdk"), newChild(t, filepath.Join(dir, "middle.vmdk"), base))
	other := newDisk(t, filepath.Join(dir, "other.vmdk"))
	log := filepath.Join(dir, "serial, 1.log")
	if err := os.WriteFile(log, []byte("before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := testMachine("vm-1")
	m.CPUs = 2
	m.Disks = []guest.Disk{scsi(0, leaf), scsi(5, other)}
	m.Serials = []guest.Serial{{Index: 0, Kind: guest.SerialNone}, {Index: 1, Kind: guest.SerialFile, Path: log, Append: true}}
	driver, events := newDriver(t, func(o *Options) { o.Roots, o.MaxCPUs = []string{dir, filepath.Dir(testISO)}, 2 }), newRecorder()
	g := boot(t, driver, events, m)

	g.expect("disks", "0:0:0:0=131072 0:0:5:0=131072")
	g.expect("cpus", "0-1")
	g.expect("write-disk 0 4096 leaf", "")
	g.expect("read-disk 0 4096 4", "leaf")
	g.expect("serial 1 line", "")
	if text, _ := os.ReadFile(log); string(text) != "before\nline\r\n" && string(text) != "before\nline\n" {
		t.Errorf("serial log holds %q", text)
	}
	events.await(t, "the tools to run", func() bool { return events.state["vm-1"].ToolsRunning })
	if running := driver.Running(); len(running) != 1 || running[0].ID != "vm-1" || running[0].PID == 0 {
		t.Errorf("Running() = %v", running)
	}
	g.send("off")
	if reason := events.awaitOff(t, "vm-1"); reason != nil {
		t.Errorf("a guest's own power-off has the reason %v", reason)
	}
	if left := driver.Running(); len(left) != 0 {
		t.Errorf("still running: %v", left)
	}
	if left, _ := filepath.Glob(filepath.Join(driver.options.RunDir, "vm-*")); len(left) != 0 {
		t.Errorf("left in the run directory: %v", left)
	}
	run := boot(t, driver, newRecorder(), m) // its disk kept what was written
	run.expect("read-disk 0 4096 4", "leaf")
}

func TestAProcessThatDiesIsAPowerOffWithAReason(t *testing.T) {
	driver, events := newDriver(t, nil), newRecorder()
	boot(t, driver, events, testMachine("vm-1"))
	process, err := os.FindProcess(driver.Running()[0].PID)
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	if reason := events.awaitOff(t, "vm-1"); reason == nil || !strings.Contains(reason.Error(), "killed") {
		t.Errorf("the reason is %v", reason)
	}
	if err := driver.GuestInfo(t.Context(), "vm-1", "guestinfo.x", "y"); !errors.Is(err, ErrNotRunning) {
		t.Errorf("GuestInfo after the end = %v", err)
	}
}
