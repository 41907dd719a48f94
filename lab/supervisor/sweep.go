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
	var pids []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err == nil && pid != os.Getpid() && (isMarked(pid, dir) || isMachine(pid, dir)) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// isMarked reads the environment. A zombie's is empty: nothing is left of it to
// stop.
func isMarked(pid int, dir string) bool {
	environ := procFile(pid, "environ")
	return bytes.Contains(append([]byte{0}, environ...), []byte("\x00"+processMark(dir)+"\x00"))
}

// isMachine tells a QEMU of the lab, which gets an environment without marks,
// by the directory that it runs in.
func isMachine(pid int, dir string) bool {
	return strings.HasPrefix(string(procFile(pid, "comm")), "qemu-") &&
		bytes.Contains(procFile(pid, "cmdline"), []byte(dir+"/run/"))
}

func procFile(pid int, name string) []byte {
	content, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), name))
	if err != nil {
		return nil // it has ended, or isn't ours to read
	}
	return content
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
