package main

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// port is a toolbox.Channel over a virtio serial port.
type port struct {
	name   string
	polled bool // an empty message only asks whether there is something to receive
	file   *os.File
	asking sync.Mutex // where not polled, held from a request to its answer: the service asks as well, and answers have no names
}

func (p *port) Start() error {
	if p.file != nil {
		return nil
	}
	device, err := portDevice(p.name)
	if err == nil {
		p.file, err = os.OpenFile(device, os.O_RDWR, 0)
	}
	return err
}

func (p *port) Stop() error { return nil }

func (p *port) Send(message []byte) error {
	if p.polled && len(message) == 0 {
		return nil
	}
	if !p.polled {
		p.asking.Lock()
	}
	frame := binary.BigEndian.AppendUint32(nil, uint32(len(message)))
	_, err := p.file.Write(append(frame, message...))
	if err != nil && !p.polled {
		p.asking.Unlock()
	}
	return err
}

// Receive is called after each Send that succeeds.
func (p *port) Receive() ([]byte, error) {
	if !p.polled {
		defer p.asking.Unlock()
	}
	var length [4]byte
	if err := p.read(length[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint32(length[:]))
	return message, p.read(message)
}

// read waits while the host isn't connected, which reads as the end of a file.
func (p *port) read(b []byte) error {
	for len(b) > 0 {
		n, err := p.file.Read(b)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if n == 0 {
			time.Sleep(10 * time.Millisecond)
		}
		b = b[n:]
	}
	return nil
}
