package boot

import (
	"time"

	"golang.org/x/sys/unix"
)

// syncPatience bounds the last sync: a disk that went away must not keep the VM on for ever.
const syncPatience = 5 * time.Minute

// Ending is how process 1 ends the machine.
type Ending int

// The two endings, numbered as the agent's exit status.
const (
	PowerOff Ending = 0
	Restart  Ending = 64
)

// end syncs and leaves the machine. It returns only if the kernel refuses.
func end(how Ending) error {
	synced := make(chan struct{})
	go func() {
		unix.Sync()
		close(synced)
	}()
	select {
	case <-synced:
	case <-time.After(syncPatience):
	}
	if how == Restart {
		return unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART)
	}
	return unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}
