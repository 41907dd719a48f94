package process

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// ErrNoTerminal says that a process without a terminal was to be given a size.
var ErrNoTerminal = errors.New("the process has no terminal")

// Streams are the agent's ends of a process's streams.
type Streams struct {
	stdin, stdout, stderr *os.File // of pipes; nil where there is none
	terminal              *os.File // in their place
	socket                *os.File // brings the terminal from the child that opens it
}

// ends are the process's.
type ends struct {
	stdin, stdout, stderr *os.File
	terminal              *os.File // the socket on which a child sends its terminal's other end
}

// openStreams makes the pipes of a process, or the way on which its terminal will come.
func openStreams(stdin, tty bool) (ours *Streams, theirs ends, err error) {
	ours = &Streams{}
	defer func() {
		if err != nil {
			ours.close()
			theirs.close()
		}
	}()
	if tty {
		err = openSocket(ours, &theirs)
		return ours, theirs, err
	}
	if stdin {
		theirs.stdin, ours.stdin, err = os.Pipe()
	} else {
		theirs.stdin, err = os.Open(os.DevNull)
	}
	if err == nil {
		ours.stdout, theirs.stdout, err = os.Pipe()
	}
	if err == nil {
		ours.stderr, theirs.stderr, err = os.Pipe()
	}
	return ours, theirs, err
}

func openSocket(ours *Streams, theirs *ends) error {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	ours.socket, theirs.terminal = os.NewFile(uintptr(pair[0]), "terminal"), os.NewFile(uintptr(pair[1]), "terminal")
	for _, f := range []**os.File{&theirs.stdin, &theirs.stdout, &theirs.stderr} {
		if *f, err = os.OpenFile(os.DevNull, os.O_RDWR, 0); err != nil {
			return err
		}
	}
	return nil
}

func closeAll(files ...*os.File) {
	for _, f := range files {
		_ = f.Close() // nil ones say so
	}
}

func (e ends) close() { closeAll(e.stdin, e.stdout, e.stderr, e.terminal) }

func (s *Streams) close() { closeAll(s.stdin, s.stdout, s.stderr, s.terminal, s.socket) }

// takeTerminal receives the terminal that a child has opened in its container.
func (s *Streams) takeTerminal() error {
	if s.socket == nil {
		return nil
	}
	defer s.socket.Close()
	rights := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(int(s.socket.Fd()), make([]byte, 1), rights, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return err
	}
	messages, err := unix.ParseSocketControlMessage(rights[:n])
	if err != nil || len(messages) != 1 {
		return errors.Join(err, errors.New("no terminal came"))
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return err
	}
	if err := unix.SetNonblock(fds[0], true); err != nil { // for Go's poller
		return err
	}
	s.terminal = os.NewFile(uintptr(fds[0]), "terminal")
	return nil
}

// Stdin is the way to the process's input; nil where that is /dev/null.
func (s *Streams) Stdin() io.Writer {
	switch {
	case s.terminal != nil:
		return s.terminal
	case s.stdin != nil:
		return s.stdin
	}
	return nil
}

// CloseStdin ends the process's input. A terminal's has no end.
func (s *Streams) CloseStdin() {
	_ = s.stdin.Close()
}

// Stdout is the process's standard output, or all that its terminal shows.
func (s *Streams) Stdout() io.ReadCloser {
	if s.terminal != nil {
		return terminalOutput{s.terminal}
	}
	return s.stdout
}

// Stderr is the process's standard error; nil with a terminal.
func (s *Streams) Stderr() io.ReadCloser {
	if s.stderr == nil {
		return nil
	}
	return s.stderr
}

// Resize sets the size of the process's terminal.
func (s *Streams) Resize(size Size) error {
	if s.terminal == nil {
		return ErrNoTerminal
	}
	raw, err := s.terminal.SyscallConn()
	if err != nil {
		return err
	}
	var setErr error
	err = raw.Control(func(fd uintptr) { setErr = size.set(int(fd)) })
	return errors.Join(err, setErr)
}

// terminalOutput reads the end of a terminal, for which the kernel gives EIO, as an end.
type terminalOutput struct{ terminal *os.File }

func (t terminalOutput) Read(p []byte) (int, error) {
	n, err := t.terminal.Read(p)
	if errors.Is(err, unix.EIO) {
		err = io.EOF
	}
	return n, err
}

func (t terminalOutput) Close() error { return t.terminal.Close() }
