package vspc

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"
	"time"
)

// patience bounds every wait; it is no expectation.
const patience = 20 * time.Second

// concentrator is the proxy's side of one connection, written from the
// documents as messages on the wire: nothing of the package's decoder in it.
type concentrator struct {
	t    *testing.T
	conn net.Conn
}

// listen gives a URI and the connections that come.
func listen(t *testing.T) (string, func() *concentrator) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return "telnet://" + listener.Addr().String(), func() *concentrator {
		t.Helper()
		_ = listener.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
		conn, err := listener.Accept()
		if err != nil {
			t.Fatalf("no connection came: %v", err)
		}
		t.Cleanup(func() { conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(patience))
		return &concentrator{t, conn}
	}
}

func (c *concentrator) send(p ...byte) {
	c.t.Helper()
	if _, err := c.conn.Write(p); err != nil {
		c.t.Fatal(err)
	}
}

// expect reads exactly these bytes.
func (c *concentrator) expect(what string, want ...byte) {
	c.t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(c.conn, got)
	if err != nil || !bytes.Equal(got, want) {
		c.t.Fatalf("%s: got %v (%v), want %v", what, got[:n], err, want)
	}
}

// gone waits for the end of the connection.
func (c *concentrator) gone() {
	c.t.Helper()
	rest, err := io.ReadAll(c.conn)
	if err, late := err.(net.Error); late && err.Timeout() {
		c.t.Fatalf("the connection didn't end; %v came", rest)
	}
}

func text(parts ...any) (out []byte) {
	for _, part := range parts {
		switch x := part.(type) {
		case int:
			out = append(out, byte(x))
		case string:
			out = append(out, x...)
		case []byte:
			out = append(out, x...)
		}
	}
	return out
}

// greet is the progression of "Establish a VMware Telnet Extension Session",
// to where the machine waits for WILL-PROXY.
func (c *concentrator) greet() {
	c.t.Helper()
	c.expect("IAC WILL VMWARE-TELNET-EXT", 255, 251, 232)
	c.expect("BINARY and SGA both ways", 255, 251, 0, 255, 253, 0, 255, 251, 3, 255, 253, 3)
	c.send(255, 253, 232)
	c.send(255, 253, 0, 255, 251, 0, 255, 253, 3, 255, 251, 3)
	c.expect("KNOWN-SUBOPTIONS-1", text(255, 250, 232, 0, 0, 1, 2, 3, 40, 41, 43, 44, 45, 46, 48, 70, 71, 73, 80, 81, 82, 83, 84, 85, 255, 240)...)
	c.send(255, 250, 232, 1, 0, 1, 2, 3, 40, 41, 43, 44, 45, 46, 48, 70, 71, 73, 80, 81, 82, 83, 255, 240)
	c.expect("DO-PROXY", text(255, 250, 232, 70, "Cvic.dev/abc", 255, 240)...)
}

func (c *concentrator) accept() {
	c.t.Helper()
	c.greet()
	c.send(255, 250, 232, 71, 255, 240)
}

// machine is a line with a machine's serial port at its other end.
func machine(t *testing.T, uri string, change ...func(*Config)) (*Line, net.Conn) {
	t.Helper()
	c := Config{ProxyURI: uri, ServiceURI: "vic.dev/abc", Client: true, Name: "web-1",
		InstanceUUID: "00112233-4455-6677-8899-aabbccddeeff", BIOSUUID: "4212a6b0-7a36-5b3c-8d1e-0123456789ab"}
	for _, f := range change {
		f(&c)
	}
	line, err := NewLine(c)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := net.Pipe()
	_ = ours.SetDeadline(time.Now().Add(patience))
	line.Plug(theirs)
	line.Dial()
	t.Cleanup(func() { ours.Close(); line.Close() })
	return line, ours
}

func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !holds() {
		select {
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
