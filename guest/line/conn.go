package line

import (
	"bytes"
	"io"
	"net"
	"sync"
	"time"
)

// maxUnread bounds what has come for a connection that nobody reads: SSH always reads, so one that doesn't is dead.
// The port itself must always be read, or the next sync line would never be found.
const maxUnread = 4 << 20

// conn is what goes over the line between one sync line and the next.
type conn struct {
	out func([]byte) (int, error)

	mu       sync.Mutex
	changed  sync.Cond
	unread   bytes.Buffer
	closed   bool
	deadline *time.Timer
}

func newConn(out func([]byte) (int, error)) *conn {
	c := &conn{out: out}
	c.changed.L = &c.mu
	return c
}

// receive takes bytes from the port.
func (c *conn) receive(p []byte) {
	if len(p) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unread.Len()+len(p) > maxUnread {
		c.closed = true
	}
	if !c.closed {
		c.unread.Write(p)
	}
	c.changed.Broadcast()
}

// awaitByte tells whether anything has come, as opposed to the connection's end.
func (c *conn) awaitByte() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.unread.Len() == 0 && !c.closed {
		c.changed.Wait()
	}
	return !c.closed
}

func (c *conn) Read(p []byte) (int, error) {
	if !c.awaitByte() {
		return 0, io.EOF
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n, _ := c.unread.Read(p)
	return n, nil
}

func (c *conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	closed := c.closed
	c.mu.Unlock()
	if closed {
		return 0, net.ErrClosed
	}
	return c.out(p)
}

func (c *conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.changed.Broadcast()
	return nil
}

// SetDeadline closes the connection at that time, unless it is put off; a zero time puts it off for ever.
func (c *conn) SetDeadline(at time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deadline != nil {
		c.deadline.Stop()
		c.deadline = nil
	}
	if !at.IsZero() {
		c.deadline = time.AfterFunc(time.Until(at), func() { _ = c.Close() })
	}
	return nil
}

func (c *conn) SetReadDeadline(at time.Time) error  { return c.SetDeadline(at) }
func (c *conn) SetWriteDeadline(at time.Time) error { return c.SetDeadline(at) }

func (c *conn) LocalAddr() net.Addr  { return address{} }
func (c *conn) RemoteAddr() net.Addr { return address{} }

// address is that of either end of a line.
type address struct{}

func (address) Network() string { return "serial" }
func (address) String() string  { return "line" }
