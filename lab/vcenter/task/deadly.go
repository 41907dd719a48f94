package task

import (
	"os"
	"syscall"
	"time"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

// deadly is work with which the vCenter's process ends, as a kill ends it.
func (m *Manager) deadly(death rpc.Death, work Work) Work {
	return func(run *Run) (types.AnyType, error) {
		if death == rpc.DiesWithin {
			m.inv.Halt()
			// Work that waits until its changes are kept would wait for ever.
			time.AfterFunc(time.Second, die)
		}
		_, _ = work(run)
		if death == rpc.DiesAfter {
			m.inv.Sync()
		}
		die()
		select {}
	}
}

func die() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) }
