package vmtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// busyboxDisk is an ext4 disk with busybox and a few users.
func busyboxDisk(t *testing.T) string {
	t.Helper()
	busybox := fetchBusybox(t)
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	for _, d := range []string{"bin", "etc", "tmp"} {
		if err := os.MkdirAll(filepath.Join(root, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write := func(path, content string, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(root, path), []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(busybox)
	if err != nil {
		t.Fatal(err)
	}
	write("bin/busybox", string(content), 0o755)
	write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nweb:x:33:34:web:/tmp:/bin/sh\n", 0o644)
	write("etc/group", "root:x:0:\nwww:x:34:\nextra:x:99:root,web\n", 0o644)
	for _, applet := range []string{"sh", "echo", "cat", "id", "sleep", "mount", "ls", "hostname", "ps", "readlink", "dd", "tail", "mknod", "stat"} {
		if err := os.Symlink("busybox", filepath.Join(root, "bin", applet)); err != nil {
			t.Fatal(err)
		}
	}
	disk := filepath.Join(dir, "disk.raw")
	if out, err := exec.Command("mke2fs", "-q", "-t", "ext4", "-d", root, disk, "64M").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return disk
}

func fetchBusybox(t *testing.T) string {
	t.Helper()
	cache, err := filepath.Abs("../../.lab/cache/deb")
	if err != nil {
		t.Fatal(err)
	}
	find := func() []string {
		found, _ := filepath.Glob(filepath.Join(cache, "busybox-static_*.deb"))
		return found
	}
	if len(find()) == 0 {
		download := exec.Command("apt-get", "download", "-q", "busybox-static")
		download.Dir = cache
		if out, err := download.CombinedOutput(); err != nil {
			t.Skipf("no busybox: %v: %s", err, out)
		}
	}
	dir := t.TempDir()
	if out, err := exec.Command("dpkg", "-x", find()[0], dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return filepath.Join(dir, "bin/busybox")
}

func withDisk(file string) []string {
	return []string{"-drive", "if=none,id=d0,format=raw,file=" + file, "-device", "scsi-hd,bus=sc0.0,drive=d0,scsi-id=0"}
}

func containerConfig(args ...string) map[string]any {
	return map[string]any{
		"version": 1, "role": "container", "id": strings.Repeat("a", 64), "hostname": "web-1",
		"networks": []any{}, "root": map[string]any{"target": 0},
		"process":            map[string]any{"args": args, "env": []string{"PATH=/bin"}, "cwd": "/", "stopSignal": "SIGTERM"},
		"stopTimeoutSeconds": 10, "log": map[string]any{"port": "ttyS1"},
	}
}

func TestContainerRunsReportsAndPowersOff(t *testing.T) {
	boot := fromISO(t)
	config := containerConfig("sh", "-c", "echo hi; echo oops >&2; id; hostname; cat /etc/hosts /etc/hostname; ls -l /dev; mount; ps; exit 7")
	m := start(t, boot, config, withDisk(busyboxDisk(t))...)
	report := m.awaitEnd()
	if report["state"] != "exited" || report["exitCode"] != 7.0 || report["run"] != 1.0 {
		t.Errorf("report %v", report)
	}
	lines := m.output()
	for _, want := range []string{"stdout F hi", "stderr F oops", "stdout F web-1"} {
		if !slices.Contains(lines, want) {
			t.Errorf("log lacks %q", want)
		}
	}
	if last := lines[len(lines)-1]; last != `vic F {"run":1,"exitCode":7}` {
		t.Errorf("last line %q", last)
	}
	t.Log(strings.Join(lines, "\n"))
}
