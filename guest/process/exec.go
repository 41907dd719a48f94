package process

import (
	"cmp"
	"io"
	"path/filepath"
	"slices"

	"github.com/vic-operator/vic-operator/guest/config"
)

// Exec is a further process in a container.
type Exec struct {
	*child
}

// ExecSpec is a further process to start in a container: its environment comes on top of the container's, and what it
// leaves out is as the container's first process has it.
type ExecSpec struct {
	Args   []string
	Env    []string
	Cwd    string
	User   string
	Groups []string
	TTY    bool
	Stdin  bool // a pipe; otherwise standard input is /dev/null
	Size   Size // of the terminal
}

// Exec starts a further process in the container's namespaces and cgroup. Where the order or the container is to blame,
// the error is a *Failure.
func (p *Process) Exec(s ExecSpec) (*Exec, error) {
	further := config.Process{
		Args: s.Args, Env: slices.Concat(p.base.Env, s.Env),
		Cwd: cmp.Or(s.Cwd, p.base.Cwd), User: cmp.Or(s.User, p.base.User), Groups: s.Groups,
	}
	if len(further.Groups) == 0 {
		further.Groups = p.base.Groups
	}
	if !filepath.IsAbs(cmp.Or(further.Cwd, "/")) {
		return nil, failed(ReasonStartFailed, "Cwd must be an absolute path")
	}
	var terminal *Size
	if s.TTY {
		terminal = &s.Size
	}
	c, err := launch(childSpec{
		cgroup: p.cgroup, stdin: s.Stdin, join: p.self,
		order: order{Hostname: p.host, Process: further, Terminal: terminal},
	})
	if err != nil {
		return nil, err
	}
	return &Exec{c}, nil
}

// CheckUser says why a further process can't run as this user, with these further groups, as far as the container's files
// tell now: a *Failure.
func (p *Process) CheckUser(user string, groups []string) error {
	beneath := func(path string) io.ReadCloser { return openBeneath(p.root, path) }
	if _, err := lookUpInImage(user, groups, beneath); err != nil {
		return failed(ReasonUserNotFound, "%v", err)
	}
	return nil
}

// Exit is valid once Ended is closed.
func (e *Exec) Exit() Exit { return e.exit }
