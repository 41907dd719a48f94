package supervisor

import (
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Down ends the lab in dir: its supervisor, which stops the rest in order, or
// where that is gone or stuck whatever is left. It returns how many processes
// it found. What a lab keeps for its next start stays in dir.
func Down(dir string, grace time.Duration) int {
	found := 0
	if pid := Supervisor(dir); pid != 0 {
		found++
		_ = syscall.Kill(pid, syscall.SIGTERM)
		for deadline := time.Now().Add(grace); Supervisor(dir) == pid; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	}
	found += Sweep(dir, grace/4)
	forget(dir)
	return found
}

// forget removes what only says something about running processes, but for the
// lock: a lab that starts just now would lock a file that nobody else sees.
func forget(dir string) {
	for _, pattern := range []string{"run/*", "tmp/*"} {
		leftovers, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, leftover := range leftovers {
			if leftover != lockFile(dir) {
				_ = os.RemoveAll(leftover)
			}
		}
	}
}

// Running lists the processes of the lab in dir by role, as their pid files
// have them, without the ones that have ended since.
func Running(dir string) map[string]int {
	owned := map[int]bool{}
	for _, pid := range Owned(dir) {
		owned[pid] = true
	}
	running := map[string]int{}
	files, _ := filepath.Glob(pidFile(dir, "*"))
	for _, file := range files {
		role := filepath.Base(file[:len(file)-len(".pid")])
		if pid := readPID(file); owned[pid] {
			running[role] = pid
		}
	}
	return running
}
