// Package qmp speaks the QEMU Machine Protocol, as much as the hypervisor uses.
package qmp

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// maxMessage bounds one message from QEMU, in bytes.
const maxMessage = 4 << 20

// ErrClosed says that QEMU hung up, most often because it ended.
var ErrClosed = errors.New("QEMU closed its control connection")

// Error is QEMU's refusal of a command.
type Error struct {
	Class       string `json:"class"`
	Description string `json:"desc"`
}

func (e *Error) Error() string { return e.Description }

// Event is what QEMU reports by itself.
type Event struct {
	Name string          `json:"event"`
	Data json.RawMessage `json:"data"`
}

type message struct {
	Event
	ID     int             `json:"id"`
	Return json.RawMessage `json:"return"`
	Error  *Error          `json:"error"`
}

// Client is a connection to one QEMU.
type Client struct {
	conn    io.ReadWriteCloser
	mu      sync.Mutex
	next    int
	waiting map[int]chan message
	done    chan struct{}
}

// Connect reads QEMU's greeting and leaves negotiation mode. onEvent is called
// in order, from one goroutine; it must not call Execute itself.
func Connect(ctx context.Context, conn io.ReadWriteCloser, onEvent func(Event)) (*Client, error) {
	c := &Client{conn: conn, waiting: map[int]chan message{}, done: make(chan struct{})}
	go c.read(onEvent)
	if _, err := c.Execute(ctx, "qmp_capabilities", nil); err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

// Execute runs one command and returns its result. A refusal is an *Error.
func (c *Client) Execute(ctx context.Context, command string, arguments any) (json.RawMessage, error) {
	answer := make(chan message, 1)
	c.mu.Lock()
	c.next++
	id := c.next
	request, err := json.Marshal(struct {
		Execute   string `json:"execute"`
		Arguments any    `json:"arguments,omitempty"`
		ID        int    `json:"id"`
	}{command, arguments, id})
	if err == nil {
		c.waiting[id] = answer
		_, err = c.conn.Write(append(request, '\n'))
	}
	c.mu.Unlock()
	defer c.forget(id)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", command, ErrClosed, err)
	}
	select {
	case m := <-answer:
		if m.Error != nil {
			return nil, fmt.Errorf("%s: %w", command, m.Error)
		}
		return m.Return, nil
	case <-c.done:
		return nil, fmt.Errorf("%s: %w", command, ErrClosed)
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", command, ctx.Err())
	}
}

// Done is closed when QEMU has hung up and every event has been delivered.
func (c *Client) Done() <-chan struct{} { return c.done }

// Close hangs up.
func (c *Client) Close() error { return c.conn.Close() }

func (c *Client) forget(id int) {
	c.mu.Lock()
	delete(c.waiting, id)
	c.mu.Unlock()
}

func (c *Client) read(onEvent func(Event)) {
	defer close(c.done)
	lines := bufio.NewScanner(c.conn)
	lines.Buffer(nil, maxMessage)
	for lines.Scan() {
		var m message
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			continue
		}
		if m.Name != "" {
			onEvent(m.Event)
			continue
		}
		c.mu.Lock()
		answer := c.waiting[m.ID]
		c.mu.Unlock()
		if answer != nil {
			answer <- m
		}
	}
}
