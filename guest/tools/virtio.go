package tools

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The names of the virtio serial ports that stand in for VMware's two RPC protocols.
const (
	rpciPort = "org.vic.rpci"
	tcloPort = "org.vic.tclo"
)

const (
	portPatience = 60 * time.Second      // for the driver to announce its ports, on a slow host
	pause        = 20 * time.Millisecond // between looks at something that isn't there yet
	maxFrame     = 1 << 20
)

// framed is one virtio port: frames of a 4-byte big-endian length and so many bytes.
type framed struct {
	port string
	file *os.File
}

// Start opens the port, once; it then stays open, for the host takes a close for the guest's end.
func (f *framed) Start() error {
	if f.file != nil {
		return nil
	}
	deadline := time.Now().Add(portPatience)
	for {
		device, err := portDevice(f.port)
		if err == nil {
			f.file, err = os.OpenFile(device, os.O_RDWR, 0)
		}
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return err
		}
		time.Sleep(pause)
	}
}

// Stop leaves the port open: see Start.
func (f *framed) Stop() error { return nil }

// Send writes one frame. It waits while the host is not connected.
func (f *framed) Send(data []byte) error {
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(data)), uint32(len(data)))
	_, err := f.file.Write(append(frame, data...))
	return err
}

// Receive reads one frame. End-of-file means that the host is not connected, or no longer: a frame begun
// before is then void.
func (f *framed) Receive() ([]byte, error) {
	for {
		var length [4]byte
		_, err := io.ReadFull(f.file, length[:])
		if err == nil {
			size := binary.BigEndian.Uint32(length[:])
			if size > maxFrame {
				return nil, fmt.Errorf("%s: frame of %d bytes", f.port, size)
			}
			frame := make([]byte, size)
			if _, err = io.ReadFull(f.file, frame); err == nil {
				return frame, nil
			}
		}
		if err != io.EOF && err != io.ErrUnexpectedEOF {
			return nil, err
		}
		time.Sleep(pause)
	}
}

// portDevice finds the device of a port by the name that the host gave it: without udev, devtmpfs knows
// the ports by number alone.
func portDevice(name string) (string, error) {
	files, _ := filepath.Glob("/sys/class/virtio-ports/*/name")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err == nil && strings.TrimSpace(string(data)) == name {
			return filepath.Join("/dev", filepath.Base(filepath.Dir(file))), nil
		}
	}
	return "", fmt.Errorf("no virtio port %s", name)
}

// polled fits the host's requests (TCLO) to the toolbox, which polls: it sends an empty reply to ask whether
// there is a request. Here the host sends when it wants to, so an empty reply to nothing isn't sent.
type polled struct {
	framed
}

func (p *polled) Send(data []byte) error {
	if data == nil {
		return nil
	}
	return p.framed.Send(data)
}
