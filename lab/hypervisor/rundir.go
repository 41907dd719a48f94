package hypervisor

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// claim makes sure that no other driver uses dir.
func claim(dir string) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return nil, fmt.Errorf("%s is in use by another process: %w", dir, err)
	}
	return lock, nil
}

// sweep ends and removes what stands in the run directory.
func sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var problems []error
	for _, entry := range entries {
		if entry.IsDir() {
			left := filepath.Join(dir, entry.Name())
			problems = append(problems, killRecorded(left), os.RemoveAll(left))
		}
	}
	return errors.Join(problems...)
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

// endTimeout is how long a process may take to end after SIGKILL.
const endTimeout = 10 * time.Second

// killRecorded ends the process that dir records, if it still runs, and waits
// until it has let go of its disks.
func killRecorded(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, recordFile))
	if err != nil {
		return nil // never started
	}
	var record processRecord
	if err := json.Unmarshal(text, &record); err != nil || record.PID <= 1 || record.Boot != bootID() {
		return nil
	}
	for deadline := time.Now().Add(endTimeout); record.runs(); time.Sleep(5 * time.Millisecond) {
		if err := syscall.Kill(record.PID, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("end process %d: %w", record.PID, err)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("process %d does not end", record.PID)
		}
	}
	return nil
}

// runs says whether the process is there and not merely waiting to be reaped.
func (r processRecord) runs() bool {
	state, started, err := processState(r.PID)
	return err == nil && started == r.Started && state != "Z"
}

func startTime(pid int) (string, error) {
	_, started, err := processState(pid)
	return started, err
}

func processState(pid int) (state, started string, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", "", err
	}
	// The name, in parentheses, may hold anything; the state is field 3, starttime 22.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 20 {
		return "", "", errors.New("unexpected /proc/<pid>/stat")
	}
	return fields[0], fields[19], nil
}

func bootID() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(id))
}
