package hypervisor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vic-operator/vic-operator/lab/hypervisor/vmtools"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

func TestAMachineThatCannotStartLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	disk := newDisk(t, filepath.Join(dir, "disk.vmdk"))
	parent := newDisk(t, filepath.Join(dir, "parent.vmdk"))
	orphan := newChild(t, filepath.Join(dir, "orphan.vmdk"), parent)
	outside := newDisk(t, filepath.Join(t.TempDir(), "outside.vmdk"))
	above := newChild(t, filepath.Join(dir, "above.vmdk"), outside)
	if err := os.Remove(parent); err != nil {
		t.Fatal(err)
	}
	driver := newDriver(t, func(o *Options) { o.Roots = []string{dir, filepath.Dir(testISO)} })
	for what, change := range map[string]func(*guest.Machine){
		"no id":                         func(m *guest.Machine) { m.ID = "" },
		"an id that is a path":          func(m *guest.Machine) { m.ID = "../vm-1" },
		"an ISO that isn't there":       func(m *guest.Machine) { m.CDROM = filepath.Join(dir, "no.iso") },
		"an ISO outside":                func(m *guest.Machine) { m.CDROM = "/etc/passwd" },
		"a disk that isn't there":       func(m *guest.Machine) { m.Disks = []guest.Disk{scsi(0, filepath.Join(dir, "no.vmdk"))} },
		"a disk without its parent":     func(m *guest.Machine) { m.Disks = []guest.Disk{scsi(0, orphan)} },
		"a disk outside":                func(m *guest.Machine) { m.Disks = []guest.Disk{scsi(0, outside)} },
		"a disk whose parent is out":    func(m *guest.Machine) { m.Disks = []guest.Disk{scsi(0, above)} },
		"two disks at one target":       func(m *guest.Machine) { m.Disks = []guest.Disk{scsi(0, disk), scsi(0, disk)} },
		"an unknown controller":         func(m *guest.Machine) { m.Disks = []guest.Disk{{Path: disk, Controller: "floppy"}} },
		"an unknown card":               func(m *guest.Machine) { m.NICs = []guest.NIC{{Model: "ne2000", MAC: "00:50:56:00:00:01"}} },
		"an address that is none":       func(m *guest.Machine) { m.NICs = []guest.NIC{{Model: "vmxnet3", MAC: "x"}} },
		"a serial port too many":        func(m *guest.Machine) { m.Serials = []guest.Serial{{Index: 4, Kind: guest.SerialNone}} },
		"a serial line without a proxy": func(m *guest.Machine) { m.Serials = []guest.Serial{{Kind: guest.SerialURI, URI: "tcp://x:1"}} },
		"a proxy that is none": func(m *guest.Machine) {
			m.Serials = []guest.Serial{{Kind: guest.SerialURI, URI: "x", ProxyURI: "http://x:1"}}
		},
		"two serial lines in one place": func(m *guest.Machine) {
			line := guest.Serial{Kind: guest.SerialURI, URI: "x", ProxyURI: "telnet://127.0.0.1:1"}
			m.Serials = []guest.Serial{line, line}
		},
		"a log outside": func(m *guest.Machine) {
			m.Serials = []guest.Serial{{Kind: guest.SerialFile, Path: filepath.Join(os.TempDir(), "log")}}
		},
		"memory that no host has": func(m *guest.Machine) { m.MemoryMiB = 1 << 40 },
	} {
		m := testMachine("vm-1")
		change(&m)
		events := newRecorder()
		if err := driver.PowerOn(t.Context(), m, events); err == nil {
			t.Errorf("a machine with %s started", what)
			_ = driver.PowerOff(t.Context(), m.ID)
		}
		if events.isOff[m.ID] {
			t.Errorf("%s: a start that failed was also reported as a power-off", what)
		}
	}
	if entries, _ := filepath.Glob(filepath.Join(driver.options.RunDir, "vm-*")); len(entries) != 0 || len(driver.Running()) != 0 {
		t.Errorf("left: %v, running: %v", entries, driver.Running())
	}
	if len(driver.gate) != 0 {
		t.Errorf("%d places at the gate were not given back", len(driver.gate))
	}
}

func TestWhatDoesNotRunCanBePoweredOffButNotControlled(t *testing.T) {
	driver, ctx := newDriver(t, nil), context.Background()
	if err := driver.PowerOff(ctx, "vm-9"); err != nil {
		t.Errorf("PowerOff = %v", err)
	}
	for what, err := range map[string]error{
		"Reset": driver.Reset(ctx, "vm-9"), "Suspend": driver.Suspend(ctx, "vm-9"), "Resume": driver.Resume(ctx, "vm-9"),
		"ShutdownGuest": driver.ShutdownGuest(ctx, "vm-9"), "RebootGuest": driver.RebootGuest(ctx, "vm-9"),
		"AttachDisk": driver.AttachDisk(ctx, "vm-9", guest.Disk{}), "DetachDisk": driver.DetachDisk(ctx, "vm-9", guest.Disk{}),
		"SetNIC": driver.SetNIC(ctx, "vm-9", guest.NIC{}),
	} {
		if !errors.Is(err, ErrNotRunning) {
			t.Errorf("%s = %v, want ErrNotRunning", what, err)
		}
	}
}

func TestPowerOffIsSilentAndAllowsAnotherPowerOn(t *testing.T) {
	driver, events := newDriver(t, nil), newRecorder()
	mute := testMachine("vm-1")
	mute.CDROM = "" // nothing in it whose tools could run
	boot(t, driver, events, mute)
	if err := driver.PowerOn(t.Context(), mute, events); err == nil {
		t.Error("a running machine was started again")
	}
	if err := driver.ShutdownGuest(t.Context(), "vm-1"); !errors.Is(err, vmtools.ErrNoTools) {
		t.Errorf("ShutdownGuest before the tools run = %v", err)
	}
	if err := driver.PowerOff(t.Context(), "vm-1"); err != nil {
		t.Fatal(err)
	}
	if len(driver.Running()) != 0 || events.isOff["vm-1"] {
		t.Errorf("running: %v, reported off: %v", driver.Running(), events.isOff["vm-1"])
	}
	boot(t, driver, events, testMachine("vm-1"))
}

func TestResetsAreReportedAndKeepDisksAndGuestInfo(t *testing.T) {
	dir := t.TempDir()
	disk := newDisk(t, filepath.Join(dir, "disk.vmdk"))
	scratch := scsi(1, newDisk(t, filepath.Join(dir, "scratch.vmdk")))
	scratch.Mode = guest.IndependentNonpersistent
	before, _ := os.ReadFile(scratch.Path)
	m := testMachine("vm-1")
	m.Disks = []guest.Disk{scsi(0, disk), scratch}
	driver, events := newDriver(t, nil), newRecorder()
	g := boot(t, driver, events, m)
	g.expect("write-disk 0 0 kept", "")
	g.expect("write-disk 1 0 kept", "")

	booted := func(times string) {
		t.Helper()
		events.await(t, "boot "+times, func() bool { return events.info["vm-1 guestinfo.test.boots"] == times })
	}
	resets := func(n int) {
		t.Helper()
		events.await(t, "a reset", func() bool { return events.resets["vm-1"] == n })
	}
	booted("i")
	g.send("restart")
	resets(1)
	booted("ii")
	g.expect("read-disk 0 0 4", "kept")
	g.expect("read-disk 1 0 4", "kept")
	if err := driver.Reset(t.Context(), "vm-1"); err != nil {
		t.Fatal(err)
	}
	resets(2)
	booted("iii")
	events.await(t, "the tools to run", func() bool { return events.state["vm-1"].ToolsRunning })
	if err := driver.RebootGuest(t.Context(), "vm-1"); err != nil {
		t.Fatal(err)
	}
	resets(3)
	booted("iiii")
	events.await(t, "the tools to run", func() bool { return events.state["vm-1"].ToolsRunning })
	if err := driver.ShutdownGuest(t.Context(), "vm-1"); err != nil {
		t.Fatal(err)
	}
	if reason := events.awaitOff(t, "vm-1"); reason != nil {
		t.Errorf("a polite shutdown has the reason %v", reason)
	}
	if after, _ := os.ReadFile(scratch.Path); string(before) != string(after) {
		t.Error("a nonpersistent disk was written to")
	}
}

func TestASuspendedGuestWaits(t *testing.T) {
	driver, events := newDriver(t, nil), newRecorder()
	g := boot(t, driver, events, testMachine("vm-1"))
	g.expect("cpus", "0")
	if err := driver.Suspend(t.Context(), "vm-1"); err != nil {
		t.Fatal(err)
	}
	status := func() string {
		var text string
		_ = driver.machines["vm-1"].withRun(func(r *run) error {
			answer, err := r.client.Execute(t.Context(), "query-status", nil)
			text = string(answer)
			return err
		})
		return text
	}
	if got := status(); !strings.Contains(got, `"paused"`) {
		t.Errorf("status is %s", got)
	}
	if err := driver.Resume(t.Context(), "vm-1"); err != nil {
		t.Fatal(err)
	}
	g.expect("cpus", "0")
}
