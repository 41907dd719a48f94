package hypervisor

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// leftover records a running process in a run directory, as a killed driver would leave it.
func leftover(t *testing.T, dir string, change func(*processRecord)) (process *exec.Cmd, ended chan error) {
	t.Helper()
	process = exec.Command("sleep", "600")
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	ended = make(chan error, 1)
	go func() { ended <- process.Wait() }()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := recordProcess(dir, process.Process.Pid); err != nil {
		t.Fatal(err)
	}
	var record processRecord
	text, _ := os.ReadFile(filepath.Join(dir, recordFile))
	if err := json.Unmarshal(text, &record); err != nil {
		t.Fatal(err)
	}
	change(&record)
	text, _ = json.Marshal(record)
	if err := os.WriteFile(filepath.Join(dir, recordFile), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return process, ended
}

func TestANewDriverEndsWhatItsPredecessorLeft(t *testing.T) {
	runDir := t.TempDir()
	_, ended := leftover(t, filepath.Join(runDir, "vm-1"), func(*processRecord) {})
	stranger, strangerEnded := leftover(t, filepath.Join(runDir, "vm-2"), func(r *processRecord) { r.Started += "0" })
	defer stranger.Process.Kill()
	earlier, earlierEnded := leftover(t, filepath.Join(runDir, "vm-3"), func(r *processRecord) { r.Boot = "another" })
	defer earlier.Process.Kill()
	if err := os.WriteFile(filepath.Join(runDir, "vm-2", "broken"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	driver := newDriver(t, func(o *Options) { o.RunDir = runDir })
	<-ended
	select {
	case <-strangerEnded:
		t.Error("a process that has a dead one's number was ended")
	case <-earlierEnded:
		t.Error("a process was taken for one of before the host's restart")
	default:
	}
	if left, _ := filepath.Glob(filepath.Join(runDir, "vm-*")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	if other, err := New(Options{CacheDir: t.TempDir(), RunDir: runDir}); err == nil {
		_ = other.Close()
		t.Error("two drivers share a run directory")
	}
	_ = driver
}

func TestQEMUDiesWithItsDriver(t *testing.T) {
	if dir := os.Getenv("VIC_TEST_DRIVER_TO_KILL"); dir != "" {
		driver, err := New(Options{CacheDir: filepath.Join(dir, "cache"), RunDir: filepath.Join(dir, "run")})
		if err != nil {
			t.Fatal(err)
		}
		if err := driver.PowerOn(t.Context(), testMachine("vm-1"), newRecorder()); err != nil {
			t.Fatal(err)
		}
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	dir := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestQEMUDiesWithItsDriver$")
	child.Env = append(os.Environ(), "VIC_TEST_DRIVER_TO_KILL="+dir, "VIC_TEST_ISO="+testISO)
	output, _ := child.CombinedOutput() // returns when QEMU, which inherits nothing of it, is gone or not
	record, err := os.ReadFile(filepath.Join(dir, "run/vm-1", recordFile))
	if err != nil {
		t.Fatalf("the child started no machine: %s", output)
	}
	var process processRecord
	if err := json.Unmarshal(record, &process); err != nil {
		t.Fatal(err)
	}
	for process.runs() { // the kernel ends it soon; the test's own timeout bounds this
		time.Sleep(time.Millisecond)
	}
}
