package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/vic-operator/vic-operator/guest/config"
	"github.com/vic-operator/vic-operator/guest/mounts"
)

// ChildArg is the argument with which this program's binary becomes the child that turns into an image's process.
const ChildArg = "contain"

// openFiles is the limit that Docker's service gives containers; of processes it sets none.
const openFiles = 1 << 20

// The child's inherited descriptors beside standard input and output.
const (
	orderFD    = 3 // JSON of an order
	failureFD  = 4 // JSON of a Failure; closed by a successful exec
	terminalFD = 5 // a socket on which to send the terminal that the child opens
	joinFD     = 6 // a pidfd of the process whose namespaces the child joins

	firstFD = orderFD
)

// order is what the child shall do: be a container's first process, with a file tree to enter, or join one.
type order struct {
	Join     bool              `json:"join"`
	Root     string            `json:"root"`
	Hostname string            `json:"hostname"`
	Bind     map[string]string `json:"bind"`
	Process  config.Process    `json:"process"`
	Terminal *Size             `json:"terminal"` // a terminal of this size
}

// Child becomes the image's process. It returns only by exiting, having told the parent why.
func Child() {
	runtime.LockOSThread() // namespaces and capabilities belong to the thread that will exec
	report := os.NewFile(failureFD, "failure")
	unix.CloseOnExec(failureFD)
	var o order
	err := json.NewDecoder(os.NewFile(orderFD, "order")).Decode(&o)
	unix.CloseOnExec(orderFD)
	if err == nil {
		err = become(o)
	}
	var f *Failure
	if !errors.As(err, &f) {
		f = failed(ReasonStartFailed, "%v", err)
	}
	_ = json.NewEncoder(report).Encode(f)
	os.Exit(f.ExitCode)
}

func become(o order) error {
	// From here on it is a container's: its own limits, and the first to go when memory runs out.
	if err := settle(); err != nil {
		return err
	}
	enter := enterNew
	if o.Join {
		enter = enterRunning
	}
	if err := enter(o); err != nil {
		return err
	}
	who, err := lookUpInImage(o.Process.User, o.Process.Groups, open)
	if err != nil {
		return failed(ReasonUserNotFound, "%v", err)
	}
	if o.Terminal != nil {
		if err := openTerminal(*o.Terminal, !o.Join, os.NewFile(terminalFD, "terminal")); err != nil {
			return err
		}
		unix.CloseOnExec(terminalFD)
	}
	if err := enterDirectory(o.Process.Cwd, !o.Join); err != nil {
		return err
	}
	if err := assume(who); err != nil {
		return err
	}
	return execute(o.Process.Args, environment(o.Process.Env, o.Hostname, who.home, o.Terminal != nil))
}

// enterNew makes the container's file tree.
func enterNew(o order) error {
	if err := unix.Unshare(unix.CLONE_NEWCGROUP); err != nil {
		return fmt.Errorf("cgroup namespace: %w", err)
	}
	return mounts.Enter(o.Root, o.Bind)
}

// enterRunning joins the namespaces of a container that runs already. Its root may have put anything anywhere.
func enterRunning(order) error {
	// A mount namespace can only be joined by a thread that shares its directory with no other.
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return err
	}
	if err := unix.Setns(joinFD, unix.CLONE_NEWNS|unix.CLONE_NEWIPC|unix.CLONE_NEWCGROUP); err != nil {
		return failed(ReasonNotRunning, "the container doesn't run: %v", err)
	}
	unix.CloseOnExec(joinFD)
	return nil
}

// enterDirectory changes to the working directory, and makes it where an image lacks it, as Docker does when it creates
// a container. The words are a container runtime's.
func enterDirectory(cwd string, create bool) error {
	if cwd == "" {
		cwd = "/"
	}
	if !filepath.IsAbs(cwd) {
		return failed(ReasonStartFailed, "the working directory %q is invalid, it needs to be an absolute path", cwd)
	}
	if create {
		if err := os.MkdirAll(cwd, 0o755); err != nil {
			return failed(ReasonStartFailed, "mkdir %s: %v", cwd, err)
		}
	}
	if err := unix.Chdir(cwd); err != nil {
		return failed(ReasonStartFailed, "chdir to cwd (%q) set in config.json failed: %v", cwd, err)
	}
	return nil
}

// settle gives the process what every container starts with.
func settle() error {
	unix.Umask(0o022)
	if err := unix.Setpriority(unix.PRIO_PROCESS, 0, 0); err != nil {
		return err
	}
	if err := os.WriteFile("/proc/self/oom_score_adj", []byte("0"), 0); err != nil {
		return err
	}
	files := unix.Rlimit{Cur: openFiles, Max: openFiles}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		return err
	}
	processes := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY} // the kernel's own go by the VM's memory
	return unix.Setrlimit(unix.RLIMIT_NPROC, &processes)
}

func execute(args, env []string) error {
	for _, variable := range env {
		if path, ok := strings.CutPrefix(variable, "PATH="); ok {
			if err := os.Setenv("PATH", path); err != nil {
				return err
			}
		}
	}
	program, err := exec.LookPath(args[0])
	if err != nil && !errors.Is(err, exec.ErrDot) {
		return notStarted(err)
	}
	return notStarted(fmt.Errorf("exec %s: %w", program, unix.Exec(program, args, env)))
}
