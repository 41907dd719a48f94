// Package process runs an image's process as a container runtime would: in namespaces of its own, as the
// image's user, with a container's view of the machine.
package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"

	"golang.org/x/sys/unix"
)

// Exit codes of processes that could not be started, as `docker run` gives them.
const (
	codeNotFound      = 127
	codeNotExecutable = 126
	codeNotStarted    = 128
)

// Reasons why a process could not be started.
const (
	ReasonNotFound      = "EntrypointNotFound"
	ReasonNotExecutable = "EntrypointNotExecutable"
	ReasonUserNotFound  = "UserNotFound"
	ReasonStartFailed   = "StartFailed"
	ReasonNotRunning    = "NotRunning" // of the container in which a further process was to run
)

// Failure is a process that could not be started. It travels as JSON from the child that tried.
type Failure struct {
	Reason   string `json:"reason"`
	Message  string `json:"message"`
	ExitCode int    `json:"exitCode"`
}

func (f *Failure) Error() string { return f.Message }

// notStarted classifies why a program could not be executed.
func notStarted(err error) *Failure {
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return &Failure{ReasonNotFound, err.Error(), codeNotFound}
	case errors.Is(err, fs.ErrPermission), errors.Is(err, unix.ENOEXEC), errors.Is(err, unix.EISDIR),
		errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ELIBBAD):
		return &Failure{ReasonNotExecutable, err.Error(), codeNotExecutable}
	}
	return &Failure{ReasonStartFailed, err.Error(), codeNotStarted}
}

func failed(reason, format string, args ...any) *Failure {
	return &Failure{reason, fmt.Sprintf(format, args...), codeNotStarted}
}
