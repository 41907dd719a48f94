package vspc

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"
)

// began reads VMOTION-BEGIN and gives the sequence as it was on the wire.
func (c *concentrator) began() []byte {
	c.t.Helper()
	c.expect("VMOTION-BEGIN", 255, 250, 232, 40)
	var wire []byte
	for one := make([]byte, 1); !bytes.HasSuffix(wire, []byte{255, 240}) || bytes.HasSuffix(wire, []byte{255, 255, 240}); {
		if _, err := io.ReadFull(c.conn, one); err != nil {
			c.t.Fatal(err)
		}
		wire = append(wire, one[0])
	}
	return wire[:len(wire)-2]
}

func connectedLine(t *testing.T) (*Line, io.ReadWriter, *concentrator, func() *concentrator) {
	t.Helper()
	uri, next := listen(t)
	line, port := machine(t, uri)
	proxy := next()
	proxy.accept()
	await(t, "the connection", func() bool { return line.State().Connected })
	return line, port, proxy, next
}

func TestAVMotionThatTheProxyRefusesChangesNothing(t *testing.T) {
	for what, answer := range map[string]func(c *concentrator, sequence []byte, next func() *concentrator){
		"not now": func(c *concentrator, sequence []byte, _ func() *concentrator) {
			c.send(text(255, 250, 232, 43, sequence, 255, 240)...)
		},
		"silence": func(c *concentrator, sequence []byte, _ func() *concentrator) {
			c.expect("VMOTION-ABORT", text(255, 250, 232, 48, sequence, 255, 240)...)
		},
		"another sequence": func(c *concentrator, sequence []byte, _ func() *concentrator) {
			c.send(255, 250, 232, 41, 1, 2, 3, 4, 255, 240)
			c.expect("VMOTION-ABORT", text(255, 250, 232, 48, sequence, 255, 240)...)
		},
		"no secret": func(c *concentrator, sequence []byte, _ func() *concentrator) {
			c.send(text(255, 250, 232, 41, sequence, 255, 240)...)
			c.expect("VMOTION-ABORT", text(255, 250, 232, 48, sequence, 255, 240)...)
		},
		"an unknown peer": func(c *concentrator, sequence []byte, next func() *concentrator) {
			c.send(text(255, 250, 232, 41, sequence, "secret", 255, 240)...)
			peer := next()
			peer.accept()
			peer.expect("VMOTION-PEER", text(255, 250, 232, 44, sequence, "secret", 255, 240)...)
			peer.send(255, 250, 232, 3, 44, 255, 240)
			peer.gone()
			c.expect("VMOTION-ABORT", text(255, 250, 232, 48, sequence, 255, 240)...)
		},
	} {
		t.Run(what, func(t *testing.T) {
			if what == "silence" {
				defer func(limit time.Duration) { vmotionLimit = limit }(vmotionLimit)
				vmotionLimit = 50 * time.Millisecond
			}
			line, port, proxy, next := connectedLine(t)
			moved := make(chan error, 1)
			go func() { moved <- line.Migrate(t.Context()) }()
			answer(proxy, proxy.began(), next)
			err := <-moved
			if err == nil || what == "not now" && !errors.Is(err, ErrNotNow) {
				t.Errorf("Migrate = %v", err)
			}
			_, _ = port.Write([]byte("still here"))
			proxy.expect("the first connection to go on", []byte("still here")...)
		})
	}
}

func TestAVMotionMovesTheLineWithoutLosingAByte(t *testing.T) {
	line, port, proxy, next := connectedLine(t)
	moved := make(chan error, 1)
	go func() { moved <- line.Migrate(t.Context()) }()
	sequence := proxy.began()
	_, _ = port.Write([]byte("before")) // the machine still runs
	proxy.expect("what was sent", []byte("before")...)
	proxy.send(text("last", 255, 250, 232, 41, sequence, 255, 255, 240, 7, 255, 240)...) // a secret with an IAC in it
	got := make([]byte, 4)
	if _, err := io.ReadFull(port, got); err != nil || string(got) != "last" {
		t.Fatalf("%q, %v", got, err)
	}
	peer := next()
	peer.accept()
	peer.expect("VMOTION-PEER", text(255, 250, 232, 44, sequence, 255, 255, 240, 7, 255, 240)...)
	held := make(chan struct{})
	go func() { _, _ = port.Write([]byte("held")); close(held) }() // by a machine that stands still
	peer.send(text(255, 250, 232, 45, sequence, 255, 240)...)
	peer.expect("VMOTION-COMPLETE", text(255, 250, 232, 46, sequence, 255, 240)...)
	if err := <-moved; err != nil {
		t.Fatal(err)
	}
	<-held
	peer.expect("what was held", []byte("held")...)
	proxy.gone()
	peer.send([]byte("after")...)
	got = make([]byte, 5)
	if _, err := io.ReadFull(port, got); err != nil || string(got) != "after" {
		t.Fatalf("%q, %v", got, err)
	}
	if s := line.State(); !s.Connected || s.Dials != 2 {
		t.Errorf("%+v", s)
	}
	peer.conn.Close() // and it is dialled again as any other
	next().accept()
}

func TestALineWithoutAConnectionHasNothingToMove(t *testing.T) {
	line, err := NewLine(Config{ProxyURI: "telnet://127.0.0.1:1", ServiceURI: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if err := line.Migrate(t.Context()); err != nil {
		t.Error(err)
	}
}
