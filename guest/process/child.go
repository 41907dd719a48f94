package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/vic-operator/vic-operator/guest/config"
	"github.com/vic-operator/vic-operator/guest/mounts"
)

// ChildArg is the argument with which this program's binary becomes the child that turns into an image's process.
const ChildArg = "contain"

// defaultPath is Docker's for Linux.
const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// openFiles is the limit that Docker's service gives containers; of processes it sets none.
const openFiles = 1 << 20

// The child's inherited descriptors beside standard input and output.
const (
	orderFD   = 3 // JSON of an order
	failureFD = 4 // JSON of a Failure; closed by a successful exec
)

// order is what the child shall do.
type order struct {
	Root     string            `json:"root"`
	Hostname string            `json:"hostname"`
	Bind     map[string]string `json:"bind"`
	Process  config.Process    `json:"process"`
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
	if err := unix.Unshare(unix.CLONE_NEWCGROUP); err != nil {
		return fmt.Errorf("cgroup namespace: %w", err)
	}
	if err := mounts.Enter(o.Root, o.Bind); err != nil {
		return err
	}
	passwd, group := open("/etc/passwd"), open("/etc/group")
	who, err := lookUp(o.Process.User, passwd, group)
	passwd.Close()
	group.Close()
	if err != nil {
		return failed(ReasonUserNotFound, "%v", err)
	}
	if err := enterDirectory(o.Process.Cwd); err != nil {
		return err
	}
	if err := settle(); err != nil {
		return err
	}
	if err := assume(who); err != nil {
		return err
	}
	return execute(o.Process.Args, environment(o.Process.Env, o.Hostname, who.home))
}

// enterDirectory makes the working directory where the image lacks it, as Docker does when it creates a container.
func enterDirectory(cwd string) error {
	if cwd == "" {
		cwd = "/"
	}
	if !filepath.IsAbs(cwd) {
		return failed(ReasonStartFailed, "the working directory %q is invalid, it needs to be an absolute path", cwd)
	}
	err := os.MkdirAll(cwd, 0o755)
	if err == nil {
		err = unix.Chdir(cwd)
	}
	if err != nil {
		return failed(ReasonStartFailed, "mkdir %s: %v", cwd, err)
	}
	return nil
}

// settle gives the process what every container starts with.
func settle() error {
	unix.Umask(0o022)
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

// environment adds what the image's process can rely on under Docker: PATH, HOSTNAME and HOME.
func environment(env []string, hostname, home string) []string {
	env = slices.Clone(env)
	for _, fallback := range []string{defaultPath, "HOSTNAME=" + hostname, "HOME=" + home} {
		name, _, _ := strings.Cut(fallback, "=")
		if !slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, name+"=") }) {
			env = append(env, fallback)
		}
	}
	return env
}
