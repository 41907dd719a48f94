package process

import (
	"fmt"
	"os"
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
	if err := ownOutput(who); err != nil {
		return err
	}
	if err := syscall.Setgroups(who.groups); err != nil {
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

// ownOutput gives the pipes to the user, who may open them again as /dev/stdout or /dev/stderr.
func ownOutput(who identity) error {
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if err := f.Chown(who.uid, who.gid); err != nil {
			return err
		}
	}
	return nil
}
