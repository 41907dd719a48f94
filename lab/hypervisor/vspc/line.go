// Package vspc is an ESXi host's side of a virtual serial port that leads to a
// proxy (a virtual serial port concentrator): it dials the proxy, speaks
// telnet with VMware's extension, and carries the port's bytes.
//
// What the published documents leave open, and what is assumed in its place,
// stands in docs/vcenter-assumptions.md, under "Serial ports".
package vspc

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// Config describes a serial port with a URI backing behind a proxy.
type Config struct {
	ProxyURI   string
	ServiceURI string
	Client     bool // VirtualSerialPortURIBackingInfo.direction is "client"
	// InstanceUUID is what the proxy knows the machine by (VM-VC-UUID).
	InstanceUUID string
	BIOSUUID     string
	Name         string
	// NoRedial leaves the port disconnected once its first connection has
	// ended, or hasn't come about.
	NoRedial bool
	Log      *slog.Logger
}

// Times between two attempts to reach the proxy. The documents name none.
const (
	firstPause = 200 * time.Millisecond
	maxPause   = 5 * time.Second
)

// Line is a serial port's connection to the world. It outlives resets of its
// machine, as the VMX process of an ESXi host does.
type Line struct {
	config Config
	proxy  proxy
	ctx    context.Context
	stop   context.CancelFunc
	done   sync.WaitGroup
	start  sync.Once

	// sending is taken by whoever sends the machine's bytes, and held by a
	// vMotion while the machine stands still.
	sending chan struct{}

	mu      sync.Mutex
	port    net.Conn      // the machine's side; nil before the first run
	pumped  chan struct{} // closed when all that came from port was carried
	current *session      // carries data; nil while there is none
	dials   int
	silent  time.Time // no dialling before
	wake    chan struct{}
}

// State is a line as a test wants to see it.
type State struct {
	Connected bool
	Dials     int // connections that were tried
}

// NewLine checks what it is given. Nothing is dialled before Dial.
func NewLine(c Config) (*Line, error) {
	p, err := ParseProxy(c.ProxyURI)
	if err != nil {
		return nil, err
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	ctx, stop := context.WithCancel(context.Background())
	return &Line{config: c, proxy: p, ctx: ctx, stop: stop, sending: make(chan struct{}, 1), wake: make(chan struct{}, 1)}, nil
}

// Plug connects the machine's side. It is read until it ends; another may be
// plugged in then.
func (l *Line) Plug(port net.Conn) {
	pumped := make(chan struct{})
	l.mu.Lock()
	former := l.port
	l.port, l.pumped = port, pumped
	l.mu.Unlock()
	if former != nil {
		_ = former.Close()
	}
	l.done.Go(func() {
		defer close(pumped)
		l.pump(port)
	})
}

// Dial lets the line reach for its proxy, from now on.
func (l *Line) Dial() {
	l.start.Do(func() { l.done.Go(l.keep) })
}

// lastWords is how long a machine's last bytes may take to go out.
const lastWords = time.Second

// HangUp closes the line once the machine's last bytes are out, as at the
// machine's own end.
func (l *Line) HangUp() {
	l.mu.Lock()
	pumped := l.pumped
	l.mu.Unlock()
	if pumped != nil {
		select {
		case <-pumped:
		case <-time.After(lastWords):
		}
	}
	l.Close()
}

// Close hangs up at once.
func (l *Line) Close() {
	l.stop()
	l.mu.Lock()
	port, current := l.port, l.current
	l.mu.Unlock()
	if port != nil {
		_ = port.Close()
	}
	if current != nil {
		current.end(context.Canceled)
	}
	l.done.Wait()
}

// State says how the line stands.
func (l *Line) State() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return State{Connected: l.current != nil, Dials: l.dials}
}

// pump carries what the machine sends. While there is no connection, it is
// lost, as on a wire whose end nobody holds.
func (l *Line) pump(port net.Conn) {
	buffer := make([]byte, 4096)
	for {
		n, err := port.Read(buffer)
		if n > 0 && !l.carry(buffer[:n]) || err != nil {
			_ = port.Close()
			return
		}
	}
}

// carry sends to the proxy; false means that the line is closed.
func (l *Line) carry(p []byte) bool {
	select {
	case l.sending <- struct{}{}:
	case <-l.ctx.Done():
		return false
	}
	defer func() { <-l.sending }()
	l.mu.Lock()
	current := l.current
	l.mu.Unlock()
	if current != nil {
		_ = current.send(p)
	}
	return true
}

// receive carries what came from the proxy over s.
func (l *Line) receive(s *session, p []byte) {
	l.mu.Lock()
	port, counts := l.port, l.current == s
	l.mu.Unlock()
	if !counts {
		l.config.Log.Warn("a proxy sent data over a connection that doesn't carry any yet", "vm", l.config.Name, "bytes", len(p))
		return
	}
	if port != nil {
		_, _ = port.Write(p)
	}
}

// keep holds a connection for as long as the line is open.
func (l *Line) keep() {
	pause := firstPause
	for l.ctx.Err() == nil {
		l.mu.Lock()
		l.dials++
		l.mu.Unlock()
		s, err := l.open(l.ctx, false)
		if err == nil {
			pause = firstPause
			err = l.outlast(s)
		}
		if l.ctx.Err() != nil {
			return
		}
		l.config.Log.Info("a serial port is without its proxy", "vm", l.config.Name, "proxy", l.config.ProxyURI, "reason", err)
		if l.config.NoRedial {
			return
		}
		l.rest(pause/2 + rand.N(pause/2))
		pause = min(2*pause, maxPause)
	}
}

// rest waits for so long, and for as long as a cut lasts.
func (l *Line) rest(d time.Duration) {
	for {
		l.mu.Lock()
		d = max(d, time.Until(l.silent))
		l.mu.Unlock()
		if d <= 0 {
			return
		}
		timer := time.NewTimer(d)
		select {
		case <-timer.C:
			d = 0
		case <-l.wake:
			timer.Stop()
		case <-l.ctx.Done():
			timer.Stop()
			return
		}
	}
}

// connected makes s the connection that counts.
func (l *Line) connected(s *session) {
	l.mu.Lock()
	l.current = s
	l.mu.Unlock()
	if l.ctx.Err() != nil { // closed meanwhile
		s.end(context.Canceled)
	}
}

// outlast returns when s, and all that took its place in vMotions, have ended.
func (l *Line) outlast(s *session) error {
	for {
		<-s.ended
		l.mu.Lock()
		next := l.current
		if next == s {
			l.current = nil
			l.mu.Unlock()
			return s.err
		}
		l.mu.Unlock()
		s = next
	}
}

// Cut ends the connection, as a broken network does, and keeps the line from
// being dialled again for so long.
func (l *Line) Cut(d time.Duration) {
	l.mu.Lock()
	l.silent = time.Now().Add(d)
	current := l.current
	l.mu.Unlock()
	if current != nil {
		current.end(errors.New("cut"))
	}
}

// Say sends bytes to the proxy as if the machine had. false: no connection.
func (l *Line) Say(p []byte) bool {
	return l.State().Connected && l.carry(p)
}

// Hear sends bytes to the machine as if the proxy had.
func (l *Line) Hear(p []byte) bool {
	l.mu.Lock()
	port := l.port
	l.mu.Unlock()
	if port == nil {
		return false
	}
	_, err := port.Write(p)
	return err == nil
}
