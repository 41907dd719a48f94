package process

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// multiplexer is the device that makes terminals (Linux: Documentation/admin-guide/devices.txt).
var multiplexer = unix.Mkdev(5, 2)

// Size is a terminal's, in characters. Zero stands for not known yet.
type Size struct {
	Width  uint16 `json:"width"`
	Height uint16 `json:"height"`
}

func (s Size) set(terminal int) error {
	return unix.IoctlSetWinsize(terminal, unix.TIOCSWINSZ, &unix.Winsize{Col: s.Width, Row: s.Height})
}

const consolePath = "/dev/console"

// openTerminal gives this process, a session's leader, a terminal of the container's own as its standard streams, and
// sends the other end to the agent. A container's first process has it as its console too, as container runtimes do.
func openTerminal(size Size, console bool, agent *os.File) error {
	master, err := openMultiplexer()
	if err != nil {
		return err
	}
	defer unix.Close(master)
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return fmt.Errorf("unlock the terminal: %w", err)
	}
	if err := size.set(master); err != nil {
		return err
	}
	// By the master: a path means what the container has made of it.
	peer, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(master), unix.TIOCGPTPEER, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)
	if errno != 0 {
		return fmt.Errorf("open the terminal: %w", errno)
	}
	defer unix.Close(int(peer))
	if console {
		if err := bindConsole(master); err != nil {
			return err
		}
	}
	if err := unix.IoctlSetInt(int(peer), unix.TIOCSCTTY, 0); err != nil {
		return fmt.Errorf("take the terminal: %w", err)
	}
	for stream := range 3 {
		if err := unix.Dup3(int(peer), stream, 0); err != nil {
			return err
		}
	}
	return unix.Sendmsg(int(agent.Fd()), []byte{0}, unix.UnixRights(master), nil, 0)
}

func bindConsole(master int) error {
	number, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(consolePath, os.O_CREATE|os.O_RDONLY, 0o600)
	if err != nil {
		return err
	}
	file.Close()
	return unix.Mount(fmt.Sprintf("/dev/pts/%d", number), consolePath, "", unix.MS_BIND, "")
}

// openMultiplexer trusts no path either: a container that runs already may have put anything there.
func openMultiplexer() (int, error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: "/dev/ptmx", Err: err}
	}
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil || stat.Mode&unix.S_IFMT != unix.S_IFCHR || stat.Rdev != multiplexer {
		unix.Close(fd)
		return -1, errors.New("/dev/ptmx is no multiplexer of terminals")
	}
	return fd, nil
}
