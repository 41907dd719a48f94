package hypervisor

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// containerDisk is a file system with one program, as an image's layer.
func containerDisk(t *testing.T, dir string) string {
	t.Helper()
	tree, raw, path := filepath.Join(dir, "tree"), filepath.Join(dir, "raw"), filepath.Join(dir, "image.vmdk")
	for _, sub := range []string{"bin", "proc", "sys", "dev", "etc", "tmp"} {
		if err := os.MkdirAll(filepath.Join(tree, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []*exec.Cmd{
		exec.Command("cp", filepath.Join(filepath.Dir(testISO), "init"), filepath.Join(tree, "bin/program")),
		exec.Command("mke2fs", "-q", "-t", "ext4", "-L", "vic", "-d", tree, raw, "64M"),
		exec.Command("qemu-img", "convert", "-n", "--target-is-zero", "-f", "raw", "-O", "vmdk", raw, newDisk(t, path)),
	} {
		step.Env = append(os.Environ(), "PATH=/usr/sbin:/sbin:"+os.Getenv("PATH"))
		if output, err := step.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", step.Args, err, output)
		}
	}
	return path
}

// containerConfig is what the operator writes into guestinfo.vic.config.
func containerConfig(t *testing.T, log string, args ...string) string {
	t.Helper()
	config, err := json.Marshal(map[string]any{
		"version": 1, "role": "container", "id": strings.Repeat("ab", 32), "hostname": "web-1",
		"networks":           []any{map[string]any{"name": "lan", "mac": nic(1, "").MAC, "dhcp": true}},
		"root":               map[string]any{"target": 0},
		"process":            map[string]any{"args": args, "env": []string{"PATH=/bin"}, "cwd": "/", "user": "", "stopSignal": "SIGTERM"},
		"stopTimeoutSeconds": 10, "log": map[string]any{"port": log},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(config)
}

// container is a machine that runs one container as the operator configures it.
func container(t *testing.T, id string, args ...string) guest.Machine {
	t.Helper()
	dir := t.TempDir()
	iso, err := filepath.Abs(guestISO)
	if err != nil {
		t.Fatal(err)
	}
	m := testMachine(id)
	m.CDROM = iso
	m.MemoryMiB = 256
	m.GuestInfo = map[string]string{"guestinfo.vic.config": containerConfig(t, "ttyS1", args...), "guestinfo.vic.report": "{}"}
	m.Disks = []guest.Disk{scsi(0, newChild(t, filepath.Join(dir, "leaf.vmdk"), containerDisk(t, dir)))}
	m.NICs = []guest.NIC{nic(1, "VM Network")}
	m.Serials = []guest.Serial{{Index: 0, Kind: guest.SerialNone},
		{Index: 1, Kind: guest.SerialFile, Path: filepath.Join(dir, "c.log"), Append: true},
		{Index: 2, Kind: guest.SerialFile, Path: filepath.Join(dir, "debug.log"), Append: true}}
	return m
}

func TestTheProductsGuestRunsAContainer(t *testing.T) {
	for name, real := range map[string]bool{"its kernel loaded directly": false, "booted by isolinux": true} {
		t.Run(name, func(t *testing.T) {
			driver := newDriver(t, func(o *Options) { o.RealISOBoot = real })
			events := newRecorder()
			m := container(t, "vm-1", "/bin/program", "hello")
			if err := driver.PowerOn(t.Context(), m, events); err != nil {
				t.Fatal(err)
			}
			if reason := events.awaitOff(t, "vm-1"); reason != nil {
				t.Errorf("powered off for %v", reason)
			}
			var report struct {
				State    string
				ExitCode int
			}
			if err := json.Unmarshal([]byte(events.info["vm-1 guestinfo.vic.report"]), &report); err != nil {
				t.Error(err)
			}
			log, _ := os.ReadFile(m.Serials[1].Path)
			if report.State != "exited" || report.ExitCode != 7 || !strings.Contains(string(log), "stdout F hi") {
				debug, _ := os.ReadFile(m.Serials[2].Path)
				t.Errorf("report %+v, log %q, console %s", report, log, debug)
			}
			state := events.state["vm-1"]
			t.Logf("%+v", state)
			if state.HostName != "web-1" || state.IPAddress != "10.77.0.10" || state.Family != "linuxGuest" {
				t.Errorf("the tools said %+v", state)
			}
		})
	}
}
