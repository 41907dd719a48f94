package mounts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

type mount struct {
	source, target, kind string
	flags                uintptr
	data                 string
}

const inert = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// view is what Docker mounts for a container, in Docker's order and with its options.
var view = []mount{
	{"proc", "/proc", "proc", inert, ""},
	{"tmpfs", "/dev", "tmpfs", unix.MS_NOSUID | unix.MS_STRICTATIME, "mode=0755,size=65536k"},
	{"devpts", "/dev/pts", "devpts", unix.MS_NOSUID | unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"},
	{"sysfs", "/sys", "sysfs", inert | unix.MS_RDONLY, ""},
	{"cgroup", "/sys/fs/cgroup", "cgroup2", inert | unix.MS_RDONLY, ""},
	{"mqueue", "/dev/mqueue", "mqueue", inert, ""},
	{"shm", "/dev/shm", "tmpfs", inert, "mode=1777,size=65536k"},
}

type node struct {
	path         string
	major, minor uint32
}

var nodes = []node{
	{"/dev/null", 1, 3}, {"/dev/zero", 1, 5}, {"/dev/full", 1, 7},
	{"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
}

var links = [][2]string{
	{"/dev/fd", "/proc/self/fd"}, {"/dev/stdin", "/proc/self/fd/0"}, {"/dev/stdout", "/proc/self/fd/1"},
	{"/dev/stderr", "/proc/self/fd/2"}, {"/dev/core", "/proc/kcore"}, {"/dev/ptmx", "pts/ptmx"},
}

// masked and readOnly are the kernel's switches that a container's root shall not find or not turn
// (moby: oci/defaults.go).
var (
	masked = []string{
		"/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
		"/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
	}
	readOnly = []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}
)

// guestOnly are the guest's own mounts, which a container has no use for.
var guestOnly = []string{"/proc", "/sys", "/dev", "/run"}

// Enter makes the file system at root the whole world of this process, which must be in a mount namespace
// of its own, and mounts what a container expects. bind holds files of the guest by their paths in the container.
func Enter(root string, bind map[string]string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	files, err := cloneFiles(bind)
	if err != nil {
		return err
	}
	if err := switchRoot(root); err != nil {
		return err
	}
	// From here on every path, and every symbolic link of the image, ends inside the image.
	if err := mountView(); err != nil {
		return err
	}
	for path, tree := range files {
		if err := attachFile(tree, path); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return protect()
}

// cloneFiles takes files along as detached mounts, which can be attached where their paths no longer reach.
func cloneFiles(bind map[string]string) (map[string]int, error) {
	trees := map[string]int{}
	for path, file := range bind {
		tree, err := unix.OpenTree(unix.AT_FDCWD, file, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		trees[path] = tree
	}
	return trees, nil
}

// switchRoot moves the root's mount over the initramfs. pivot_root can't: the initramfs isn't a mount that could
// be pivoted away. What it covers can't be reached from above, for ".." of a root is the root on top.
func switchRoot(root string) error {
	for _, path := range guestOnly {
		if err := unix.Unmount(path, unix.MNT_DETACH); err != nil {
			return fmt.Errorf("unmount %s: %w", path, err)
		}
	}
	if err := unix.Chdir(root); err != nil {
		return err
	}
	if err := unix.Mount(".", "/", "", unix.MS_MOVE, ""); err != nil {
		return fmt.Errorf("move root: %w", err)
	}
	if err := unix.Chroot("."); err != nil {
		return err
	}
	return unix.Chdir("/")
}

func mountView() error {
	for _, m := range view {
		if err := os.MkdirAll(m.target, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m.source, m.target, m.kind, m.flags, m.data); err != nil {
			return fmt.Errorf("mount %s: %w", m.target, err)
		}
	}
	for _, n := range nodes {
		if err := unix.Mknod(n.path, unix.S_IFCHR|0o666, int(unix.Mkdev(n.major, n.minor))); err != nil {
			return fmt.Errorf("%s: %w", n.path, err)
		}
		if err := unix.Chmod(n.path, 0o666); err != nil { // whatever the umask
			return err
		}
	}
	for _, l := range links {
		if err := os.Symlink(l[1], l[0]); err != nil {
			return err
		}
	}
	return nil
}

func attachFile(tree int, path string) error {
	defer unix.Close(tree)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	target, err := os.OpenFile(path, os.O_CREATE|os.O_RDONLY|unix.O_NONBLOCK, 0o644)
	if err != nil {
		// A link that leads nowhere, or something that no file can be mounted on: the image's own is in the way.
		if err := os.Remove(path); err != nil {
			return err
		}
		if target, err = os.Create(path); err != nil {
			return err
		}
	}
	target.Close()
	return unix.MoveMount(tree, "", unix.AT_FDCWD, path, unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_SYMLINKS)
}

func protect() error {
	for _, path := range masked {
		if err := mask(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("mask %s: %w", path, err)
		}
	}
	for _, path := range readOnly {
		if err := unix.Mount(path, path, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			if errors.Is(err, unix.ENOENT) {
				continue
			}
			return fmt.Errorf("protect %s: %w", path, err)
		}
		if err := unix.Mount(path, path, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|inert, ""); err != nil {
			return fmt.Errorf("protect %s: %w", path, err)
		}
	}
	return nil
}

func mask(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return unix.Mount("tmpfs", path, "tmpfs", unix.MS_RDONLY, "")
	}
	return unix.Mount("/dev/null", path, "", unix.MS_BIND, "")
}
