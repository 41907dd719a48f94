package process

import (
	"fmt"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// capabilities are those that Docker leaves a container's root (moby: oci/caps/defaults.go). The VM is the
// container's wall; this keeps its root from tampering with the agent that stands on the same side of it.
var capabilities = map[int]bool{
	unix.CAP_CHOWN: true, unix.CAP_DAC_OVERRIDE: true, unix.CAP_FSETID: true, unix.CAP_FOWNER: true,
	unix.CAP_MKNOD: true, unix.CAP_NET_RAW: true, unix.CAP_SETGID: true, unix.CAP_SETUID: true,
	unix.CAP_SETFCAP: true, unix.CAP_SETPCAP: true, unix.CAP_NET_BIND_SERVICE: true,
	unix.CAP_SYS_CHROOT: true, unix.CAP_KILL: true, unix.CAP_AUDIT_WRITE: true,
}

// null is the device /dev/null.
var null = unix.Mkdev(1, 3)

// assume drops capabilities and becomes the user. The caller's thread must be locked and exec next: the bounding
// set is a thread's own.
func assume(who identity) error {
	for c := 0; c <= unix.CAP_LAST_CAP; c++ {
		if capabilities[c] {
			continue
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(c), 0, 0, 0); err != nil && err != unix.EINVAL {
			return fmt.Errorf("drop capability %d: %w", c, err)
		}
	}
	if err := ownStreams(who); err != nil {
		return err
	}
	// The primary group is among them, as runc has it: else a process could give up a group that denies it something.
	groups := who.groups
	if !slices.Contains(groups, who.gid) {
		groups = append([]int{who.gid}, groups...)
	}
	if err := syscall.Setgroups(groups); err != nil {
		return fmt.Errorf("set groups: %w", err)
	}
	if err := syscall.Setgid(who.gid); err != nil {
		return fmt.Errorf("set group: %w", err)
	}
	if err := syscall.Setuid(who.uid); err != nil {
		return fmt.Errorf("set user: %w", err)
	}
	return nil
}

// ownStreams gives pipes and terminals to the user, who may open them again as /dev/stdout or /dev/stderr. Their
// group stays: a terminal's is the file system's to choose.
func ownStreams(who identity) error {
	for _, f := range []*os.File{os.Stdin, os.Stdout, os.Stderr} {
		var stat unix.Stat_t
		if err := unix.Fstat(int(f.Fd()), &stat); err != nil {
			return err
		}
		if stat.Mode&unix.S_IFMT == unix.S_IFCHR && stat.Rdev == null {
			continue // everybody's
		}
		if err := f.Chown(who.uid, -1); err != nil {
			return err
		}
	}
	return nil
}
