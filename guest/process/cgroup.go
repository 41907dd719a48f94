package process

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	cgroupRoot  = "/sys/fs/cgroup"
	controllers = "+memory +pids +cpu +io"
	// agentProcesses are what the kernel's own threads, process 1 and the agent may come to.
	agentProcesses = 256
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
	limitProcesses(path)
	return &cgroup{dir}, restrictDevices(int(dir.Fd()))
}

// limitProcesses keeps some processes of the machine's for the agent, which may have to start one, or a thread of its
// own, after the container has taken all it can.
func limitProcesses(path string) {
	most := math.MaxInt
	for _, file := range []string{"/proc/sys/kernel/threads-max", "/proc/sys/kernel/pid_max"} {
		if content, err := os.ReadFile(file); err == nil {
			if n, err := strconv.Atoi(strings.TrimSpace(string(content))); err == nil {
				most = min(most, n)
			}
		}
	}
	limit := strconv.Itoa(most - min(agentProcesses, most/2))
	_ = os.WriteFile(filepath.Join(path, "pids.max"), []byte(limit), 0) // a kernel may lack the controller
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
