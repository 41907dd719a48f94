package l2switch

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
)

// queueLength is how many frames may wait for a slow guest before frames are
// dropped, as a real switch would.
const queueLength = 1024

// Cable joins a QEMU netdev of type stream to a switch: each frame is led by
// its length, four bytes, big-endian. It can be moved to another switch while
// the machine runs.
type Cable struct {
	conn   net.Conn
	out    chan []byte
	closed chan struct{}
	once   sync.Once

	mu   sync.RWMutex
	port *Port
}

// NewCable serves conn until it or the cable is closed. It begins unplugged.
func NewCable(conn net.Conn) *Cable {
	c := &Cable{conn: conn, out: make(chan []byte, queueLength), closed: make(chan struct{})}
	go c.write()
	go c.read()
	return c
}

// Plug moves the cable into s; nil leaves it unplugged.
func (c *Cable) Plug(s *Switch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.port != nil {
		c.port.Unplug()
		c.port = nil
	}
	select {
	case <-c.closed:
		return
	default:
	}
	if s != nil {
		c.port = s.Plug(c.receive)
	}
}

// Close unplugs the cable and closes its connection.
func (c *Cable) Close() {
	c.once.Do(func() { close(c.closed) })
	c.Plug(nil)
	_ = c.conn.Close()
}

func (c *Cable) receive(frame []byte) {
	packet := make([]byte, 4+len(frame))
	binary.BigEndian.PutUint32(packet, uint32(len(frame)))
	copy(packet[4:], frame)
	select {
	case c.out <- packet:
	default: // full: dropped
	}
}

func (c *Cable) write() {
	for {
		select {
		case <-c.closed:
			return
		case packet := <-c.out:
			if _, err := c.conn.Write(packet); err != nil {
				c.Close()
				return
			}
		}
	}
}

func (c *Cable) read() {
	defer c.Close()
	buffered := bufio.NewReaderSize(c.conn, MaxFrame)
	frame := make([]byte, MaxFrame)
	for {
		n, err := readLength(buffered)
		if err != nil {
			return
		}
		if _, err := io.ReadFull(buffered, frame[:n]); err != nil {
			return
		}
		c.mu.RLock()
		port := c.port
		c.mu.RUnlock()
		if port != nil {
			port.Send(frame[:n])
		}
	}
}

func readLength(r io.Reader) (uint32, error) {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return 0, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > MaxFrame {
		return 0, errors.New("frame too long")
	}
	return n, nil
}
