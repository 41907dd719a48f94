package supervisor

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func processMark(dir string) string { return "VIC_LAB_PROCESS=" + dir }

// Owned returns the pids of all processes that belong to the lab in dir, the
// caller excepted.
func Owned(dir string) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	mark := []byte("\x00" + processMark(dir) + "\x00")
	var pids []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		// A zombie's environment reads as empty, so it isn't found: nothing is
		// left of it to stop.
		environ, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "environ"))
		if err == nil && bytes.Contains(append([]byte{0}, environ...), mark) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// Sweep ends all processes of the lab in dir, with SIGTERM and, after grace,
// SIGKILL, and returns how many there were.
func Sweep(dir string, grace time.Duration) int {
	found := map[int]bool{}
	deadline := time.Now().Add(grace)
	for {
		pids := Owned(dir)
		if len(pids) == 0 {
			return len(found)
		}
		for _, pid := range pids {
			switch {
			case time.Now().After(deadline):
				_ = syscall.Kill(pid, syscall.SIGKILL)
			case !found[pid]:
				_ = syscall.Kill(pid, syscall.SIGTERM)
			}
			found[pid] = true
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Command returns the command line of pid for a person to read.
func Command(pid int) string {
	b, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	return strings.TrimSpace(strings.ReplaceAll(string(b), "\x00", " "))
}
