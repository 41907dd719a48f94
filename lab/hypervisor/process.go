package hypervisor

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// firstFile is the number that the first of exec.Cmd's ExtraFiles gets.
const firstFile = 3

// wires are connections to a QEMU that is yet to be started. Handing over
// descriptors needs no socket files, whose paths may be at most 107 bytes long.
type wires struct{ ends []*os.File }

// add makes a connection; number is the descriptor of its other end in QEMU.
func (w *wires) add() (ours net.Conn, number int, err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, 0, os.NewSyscallError("socketpair", err)
	}
	w.ends = append(w.ends, os.NewFile(uintptr(pair[1]), "qemu"))
	end := os.NewFile(uintptr(pair[0]), "driver")
	defer end.Close()
	ours, err = net.FileConn(end)
	return ours, firstFile + len(w.ends) - 1, err
}

func (w *wires) close() {
	for _, end := range w.ends {
		_ = end.Close()
	}
}

// spawner starts processes that die with this one. The kernel sends the death
// signal when the starting *thread* ends, so one thread, kept for ever, starts
// them all.
type spawner struct{ jobs chan func() }

func newSpawner() *spawner {
	s := &spawner{jobs: make(chan func())}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread() // else the thread, and with it all it started, would end
		for job := range s.jobs {
			job()
		}
	}()
	return s
}

func (s *spawner) start(command *exec.Cmd) error {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	result := make(chan error)
	s.jobs <- func() { result <- command.Start() }
	return <-result
}

// processRecord names a process so that it isn't mistaken for a later one with
// the same number.
type processRecord struct {
	PID     int    `json:"pid"`
	Started string `json:"started"` // clock ticks since the host's boot
	Boot    string `json:"boot"`    // the host's boot id
}

const recordFile = "process.json"

func recordProcess(dir string, pid int) error {
	started, err := startTime(pid)
	if err != nil {
		return err
	}
	text, err := json.Marshal(processRecord{pid, started, bootID()})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, recordFile), text, 0o600)
}

// killRecorded ends the process that dir records, if it still runs.
func killRecorded(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, recordFile))
	if err != nil {
		return nil // never started
	}
	var record processRecord
	if err := json.Unmarshal(text, &record); err != nil || record.PID <= 1 || record.Boot != bootID() {
		return nil
	}
	if started, err := startTime(record.PID); err != nil || started != record.Started {
		return nil
	}
	if err := syscall.Kill(record.PID, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("end process %d: %w", record.PID, err)
	}
	return nil
}

func startTime(pid int) (string, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	// The name, in parentheses, may hold anything; starttime is field 22.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 20 {
		return "", errors.New("unexpected /proc/<pid>/stat")
	}
	return fields[19], nil
}

func bootID() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(id))
}
