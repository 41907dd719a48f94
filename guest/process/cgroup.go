package process

import (
	"os"
	"path/filepath"
	"strings"
)

const (
	cgroupRoot  = "/sys/fs/cgroup"
	controllers = "+memory +pids +cpu +io"
)

// cgroup holds all processes of a container, so that the kernel counts for them.
type cgroup struct {
	dir *os.File
}

func newCgroup() (*cgroup, error) {
	// Controllers that a kernel lacks are no reason not to run.
	for controller := range strings.FieldsSeq(controllers) {
		_ = os.WriteFile(filepath.Join(cgroupRoot, "cgroup.subtree_control"), []byte(controller), 0)
	}
	path := filepath.Join(cgroupRoot, "container")
	if err := os.Mkdir(path, 0o755); err != nil {
		return nil, err
	}
	dir, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &cgroup{dir}, restrictDevices(int(dir.Fd()))
}

func (c *cgroup) fd() int { return int(c.dir.Fd()) }

// oomKilled tells whether the kernel killed any process of the container for memory.
func (c *cgroup) oomKilled() bool {
	events, err := os.ReadFile(filepath.Join(c.dir.Name(), "memory.events"))
	return err == nil && countOOM(string(events)) != "0"
}

// countOOM reads a cgroup's memory.events: the oom_kill line counts kills by any OOM killer, the VM's included.
func countOOM(events string) string {
	for line := range strings.Lines(events) {
		if count, ok := strings.CutPrefix(strings.TrimSpace(line), "oom_kill "); ok {
			return count
		}
	}
	return "0"
}
