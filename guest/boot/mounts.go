// Package boot is what process 1 of a VM owes the kernel: the first mounts, the drivers, reaping, the end.
package boot

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ModulesDir holds the kernel modules and their index in the initramfs.
const ModulesDir = "/lib/modules"

// Directories are made in the initramfs; the last ones are mount points for disks.
var Directories = []string{"/proc", "/sys", "/dev", "/run", "/tmp", "/root", "/layer"}

type mount struct {
	source, target, kind string
	flags                uintptr
	data                 string
}

const inert = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

var firstMounts = []mount{
	{"proc", "/proc", "proc", inert, ""},
	{"sysfs", "/sys", "sysfs", inert, ""},
	{"devtmpfs", "/dev", "devtmpfs", unix.MS_NOSUID | unix.MS_NOEXEC, "mode=0755"},
	{"devpts", "/dev/pts", "devpts", unix.MS_NOSUID | unix.MS_NOEXEC, "gid=5,mode=0620,ptmxmode=0666"},
	{"tmpfs", "/dev/shm", "tmpfs", inert, "mode=1777"},
	{"tmpfs", "/run", "tmpfs", unix.MS_NOSUID | unix.MS_NODEV, "mode=0755"},
	{"cgroup2", "/sys/fs/cgroup", "cgroup2", inert, ""},
}

func mountAll() error {
	for _, m := range firstMounts {
		if err := os.MkdirAll(m.target, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m.source, m.target, m.kind, m.flags, m.data); err != nil {
			return fmt.Errorf("mount %s: %w", m.target, err)
		}
	}
	return nil
}
