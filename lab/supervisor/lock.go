package supervisor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// ErrLocked says that another supervisor runs the lab.
var ErrLocked = errors.New("a lab runs here already")

// Lock makes the caller the lab's one supervisor for as long as it lives: the
// kernel drops the lock with the process, however that ends.
func Lock(dir string) error {
	path := lockFile(dir)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	// Never closed. Not inherited either: Go opens files close-on-exec.
	fd, err := syscall.Open(path, syscall.O_CREAT|syscall.O_RDWR|syscall.O_CLOEXEC, 0o644)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for tries := 0; syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB) != nil; tries++ {
		if tries == 5 { // somebody who only looks, in Supervisor, is gone by then
			syscall.Close(fd)
			return ErrLocked
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err := syscall.Ftruncate(fd, 0); err != nil {
		return err
	}
	_, err = syscall.Write(fd, []byte(strconv.Itoa(os.Getpid())+"\n"))
	return err
}

// WaitFree returns nil when no supervisor runs, and ErrLocked with its pid when
// one still does after patience: one that was killed needs a moment to be gone.
func WaitFree(dir string, patience time.Duration) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		pid := Supervisor(dir)
		if pid == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w (process %d)", ErrLocked, pid)
		}
	}
}

// Supervisor returns the pid of the lab's supervisor, or 0 if none runs.
func Supervisor(dir string) int {
	path := lockFile(dir)
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	if syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) == nil {
		return 0 // nobody holds it; closing gives it back
	}
	return readPID(path)
}

func lockFile(dir string) string { return filepath.Join(dir, "run", "lab.pid") }
