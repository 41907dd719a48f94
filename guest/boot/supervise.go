package boot

import (
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// supervise runs the agent and reaps whatever ends, orphans included, until the agent does.
// Go's os/exec would reap its own children behind the back of such a loop, so none is used here.
func supervise(command []string) (unix.WaitStatus, string, error) {
	stderr, theirs, err := os.Pipe()
	if err != nil {
		return 0, "", err
	}
	stdin, err := os.Open(os.DevNull)
	if err != nil {
		return 0, "", err
	}
	agent, err := os.StartProcess(command[0], command, &os.ProcAttr{
		Env:   os.Environ(),
		Files: []*os.File{stdin, theirs, theirs},
	})
	if err != nil {
		return 0, "", err
	}
	theirs.Close()
	var words lastWords
	heard := make(chan struct{})
	go func() {
		io.Copy(io.MultiWriter(&words, os.Stderr), stderr)
		close(heard)
	}()
	status, err := reapUntil(agent.Pid)
	if err == nil {
		<-heard
	}
	return status, words.String(), err
}

func reapUntil(pid int) (unix.WaitStatus, error) {
	for {
		var status unix.WaitStatus
		reaped, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case reaped == pid:
			return status, nil
		}
	}
}

// lastWords keeps the line in which a dying Go program says why: the first with "panic:" or
// "fatal error:", or else the last line written.
type lastWords struct {
	mu    sync.Mutex
	line  []byte // not ended yet: a dying program writes word by word
	last  string
	cause string
}

// maxLine bounds what is kept of one line.
const maxLine = 1024

func (w *lastWords) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, b := range p {
		if b == '\n' {
			w.endLine()
		} else if len(w.line) < maxLine {
			w.line = append(w.line, b)
		}
	}
	return len(p), nil
}

func (w *lastWords) endLine() {
	line := strings.TrimSpace(string(w.line))
	w.line = w.line[:0]
	if line == "" {
		return
	}
	w.last = line
	if w.cause == "" && (strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:")) {
		w.cause = line
	}
}

func (w *lastWords) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.endLine()
	if w.cause != "" {
		return w.cause
	}
	return w.last
}
