package supervisor

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// Process is one role of a lab: a program that is to run as long as the lab.
type Process struct {
	Role string   // names its pid file and log
	Args []string // program and arguments
	Env  []string // added to the supervisor's environment, "KEY=value"
	Dir  string   // working directory; the supervisor's where empty
	// Ready returns once the process serves, or with ctx's error. nil: a
	// process that runs is ready.
	Ready func(ctx context.Context) error
}

// Files of a role below a lab's directory.
func pidFile(dir, role string) string { return filepath.Join(dir, "run", role+".pid") }

// LogFile is where a role's output goes.
func LogFile(dir, role string) string { return filepath.Join(dir, "log", role+".log") }

// command prepares one run of p. The child leads a process group, so that a
// Ctrl-C in the terminal reaches the supervisor alone, which stops its children
// in order; and it gets SIGTERM when the supervisor is killed.
func (p Process) command(dir string, log *os.File) *exec.Cmd {
	cmd := exec.Command(p.Args[0], p.Args[1:]...)
	cmd.Dir = p.Dir
	cmd.Env = append(os.Environ(), p.Env...)
	cmd.Env = append(cmd.Env, processMark(dir), "TMPDIR="+filepath.Join(dir, "tmp"))
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	return cmd
}

// startRequests serves the goroutine that starts all children. Linux sends
// Pdeathsig when the *thread* that forked ends, so that has to be one that
// lives as long as the supervisor.
var startRequests = make(chan func())

func init() {
	go func() {
		runtime.LockOSThread()
		for start := range startRequests {
			start()
		}
	}()
}

func startOnLastingThread(cmd *exec.Cmd) error {
	result := make(chan error)
	startRequests <- func() { result <- cmd.Start() }
	return <-result
}

// start runs p once and writes its pid file.
func (p Process) start(dir string) (*exec.Cmd, error) {
	log, err := os.OpenFile(LogFile(dir, p.Role), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := p.command(dir, log)
	if err := startOnLastingThread(cmd); err != nil {
		return nil, fmt.Errorf("starting %s: %w", p.Role, err)
	}
	return cmd, writePID(dir, p.Role, cmd.Process.Pid)
}

// writePID replaces the pid file in one step: readers never see half a number.
func writePID(dir, role string, pid int) error {
	path := pidFile(dir, role)
	temporary := path + ".new"
	if err := os.WriteFile(temporary, []byte(strconv.Itoa(pid)+"\n"), 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// readPID returns 0 for a file that isn't there or holds no number.
func readPID(path string) int {
	content, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(content)))
	return pid
}
