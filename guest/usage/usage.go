// Package usage tells what a container uses: its processes, and the kernel's figures.
package usage

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// The places that the kernel tells of (Linux: Documentation/admin-guide/cgroup-v2.rst, proc(5)).
const (
	cgroupDir = "/sys/fs/cgroup/container"
	procDir   = "/proc"
)

// Container is the container of this machine.
type Container struct {
	proc, cgroup string
	root         string
}

// New makes the usage of the container whose file tree is mounted at root.
func New(root string) *Container { return &Container{procDir, cgroupDir, root} }

// Processes are those of the container, its own first.
func (c *Container) Processes() (any, error) { return c.processes() }

// Figures are the kernel's counters of this moment.
func (c *Container) Figures() (any, error) { return c.figures() }

// read gives a file's content; a kernel that lacks a counter has none.
func read(dir, name string) string {
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return string(content)
}

// counters reads lines of a name and a number.
func counters(content string) map[string]uint64 {
	result := map[string]uint64{}
	for line := range strings.Lines(content) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64); err == nil {
			result[strings.TrimSuffix(name, ":")] = n
		}
	}
	return result
}

func count(content string) uint64 {
	n, _ := strconv.ParseUint(strings.TrimSpace(content), 10, 64)
	return n
}
