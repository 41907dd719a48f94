package logs

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Serial is a serial port, raw, for writing.
type Serial struct {
	file *os.File
}

// OpenSerial opens a port such as "ttyS1" as bytes go: no echo, no translation, no controlling terminal.
func OpenSerial(port string) (*Serial, error) {
	file, err := os.OpenFile(filepath.Join("/dev", filepath.Base(port)), os.O_WRONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	raw := unix.Termios{Cflag: unix.CS8 | unix.CREAD | unix.CLOCAL | unix.B115200}
	raw.Cc[unix.VMIN] = 1
	if err := unix.IoctlSetTermios(int(file.Fd()), unix.TCSETS, &raw); err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", port, err)
	}
	return &Serial{file}, nil
}

func (s *Serial) Write(p []byte) (int, error) { return s.file.Write(p) }

// Drain waits until the last byte has left the port: what the UART still holds at power-off is lost.
func (s *Serial) Drain() error {
	// tcdrain is TCSBRK with an argument that sends no break.
	return unix.IoctlSetInt(int(s.file.Fd()), unix.TCSBRK, 1)
}
