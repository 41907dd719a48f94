// Package serial opens serial ports as bytes go: no echo, no translation, no controlling terminal.
package serial

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Port is a serial port.
type Port struct {
	file    *os.File
	watched watchdog
}

// Open opens a port such as "ttyS1".
func Open(port string) (*Port, error) {
	// A file that blocks: a port gives a few bytes at a time, for each of which Go's poller would cost thrice the calls.
	fd, err := unix.Open(filepath.Join("/dev", filepath.Base(port)), unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: port, Err: err}
	}
	raw := unix.Termios{Cflag: unix.CS8 | unix.CREAD | unix.CLOCAL | unix.B115200}
	raw.Cc[unix.VMIN] = 1
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &raw); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("%s: %w", port, err)
	}
	return &Port{file: os.NewFile(uintptr(fd), port)}, nil
}

func (p *Port) Read(b []byte) (int, error) { return p.file.Read(b) }

func (p *Port) Write(b []byte) (int, error) {
	p.watched.begin(p)
	return p.file.Write(b)
}

// Drain waits until the last byte has left the port: what the UART still holds at power-off is lost.
func (p *Port) Drain() error {
	for {
		// tcdrain is TCSBRK with an argument that sends no break.
		err := unix.IoctlSetInt(int(p.file.Fd()), unix.TCSBRK, 1)
		if err != unix.EINTR {
			return err
		}
	}
}
