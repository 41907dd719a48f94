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
	file *os.File
}

// Open opens a port such as "ttyS1".
func Open(port string) (*Port, error) {
	file, err := os.OpenFile(filepath.Join("/dev", filepath.Base(port)), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	p := &Port{file}
	raw := unix.Termios{Cflag: unix.CS8 | unix.CREAD | unix.CLOCAL | unix.B115200}
	raw.Cc[unix.VMIN] = 1
	if err := p.control(func(fd int) error { return unix.IoctlSetTermios(fd, unix.TCSETS, &raw) }); err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", port, err)
	}
	return p, nil
}

func (p *Port) Read(b []byte) (int, error)  { return p.file.Read(b) }
func (p *Port) Write(b []byte) (int, error) { return p.file.Write(b) }

// Drain waits until the last byte has left the port: what the UART still holds at power-off is lost.
func (p *Port) Drain() error {
	// tcdrain is TCSBRK with an argument that sends no break.
	return p.control(func(fd int) error { return unix.IoctlSetInt(fd, unix.TCSBRK, 1) })
}

// control leaves the file with Go's poller, as File.Fd would not.
func (p *Port) control(call func(fd int) error) error {
	raw, err := p.file.SyscallConn()
	if err != nil {
		return err
	}
	var callErr error
	if err := raw.Control(func(fd uintptr) { callErr = call(int(fd)) }); err != nil {
		return err
	}
	return callErr
}
