package vmtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// busyboxDisk is an ext4 disk with busybox and a few users.
func busyboxDisk(t *testing.T) string {
	t.Helper()
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
	write("bin/busybox", string(busybox(t)), 0o755)
	write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nweb:x:33:34:web:/tmp:/bin/sh\n", 0o644)
	write("etc/group", "root:x:0:\nwww:x:34:\nextra:x:99:root,web\n", 0o644)
	for _, applet := range strings.Fields("sh echo cat id sleep ls ps readlink dd tail head mknod stat pwd tr printf nc ip cut wc mkdir mount hostname chroot kill stty tty touch true rm mkfifo cp ln nice md5sum") {
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

// busybox is Debian's static one, the program. Tests that run at once wait for one download.
func busybox(t *testing.T) []byte {
	t.Helper()
	content, err := busyboxOnce()
	if err != nil {
		t.Fatal(err)
	}
	return content
}

var busyboxOnce = sync.OnceValues(func() ([]byte, error) {
	cache, err := filepath.Abs("../../.lab/cache/deb")
	if err != nil {
		return nil, err
	}
	find := func() []string {
		found, _ := filepath.Glob(filepath.Join(cache, "busybox-static_*.deb"))
		return found
	}
	if len(find()) == 0 {
		download := exec.Command("apt-get", "download", "-q", "busybox-static")
		download.Dir = cache
		if out, err := download.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("no busybox: %w: %s", err, out)
		}
	}
	dir, err := os.MkdirTemp("", "busybox")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if out, err := exec.Command("dpkg", "-x", find()[0], dir).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	return os.ReadFile(filepath.Join(dir, "bin/busybox"))
})

func withDisk(file string) []string {
	return []string{"-drive", "if=none,id=d0,format=raw,file=" + file, "-device", "scsi-hd,bus=sc0.0,drive=d0,scsi-id=0"}
}
