package line

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/vic-operator/vic-operator/guest/link"
)

const otherNonce = "00000000000000000000000000000000"

// newLine is a guest's line and the console's end of it.
func newLine(t *testing.T, serve func(net.Conn)) net.Conn {
	t.Helper()
	guest, console := net.Pipe()
	ended := make(chan struct{})
	go func() {
		_ = New(guest, serve).Run()
		close(ended)
	}()
	t.Cleanup(func() {
		console.Close()
		<-ended
	})
	return console
}

// sync writes a sync line amid others' bytes and reads until its answer.
func begin(t *testing.T, console net.Conn, nonce, around string) {
	t.Helper()
	go io.WriteString(console, around+"\n~vic-line/1 "+nonce+"\n")
	answer := []byte("\n~vic-line/1 ready " + nonce + "\n")
	var read []byte
	for one := make([]byte, 1); !bytes.HasSuffix(read, answer); read = append(read, one...) {
		if _, err := console.Read(one); err != nil {
			t.Fatalf("%v after %q", err, read)
		}
	}
}

func echo(c net.Conn) { _, _ = io.Copy(c, c) }

func TestNothingIsAnsweredBeforeTheFirstSyncLine(t *testing.T) {
	console := newLine(t, echo)
	if _, err := io.WriteString(console, "SSH-2.0-early\r\n"); err != nil {
		t.Fatal(err)
	}
	begin(t, console, nonce, "noise")
	if _, err := io.WriteString(console, "x"); err != nil {
		t.Fatal(err)
	}
	one := make([]byte, 1)
	if _, err := console.Read(one); err != nil || one[0] != 'x' {
		t.Errorf("%q, %v", one, err)
	}
}

func TestASyncLineEndsTheConnectionBeforeIt(t *testing.T) {
	heard, over := make(chan string), make(chan error)
	console := newLine(t, func(c net.Conn) {
		said := make([]byte, 5)
		_, _ = io.ReadFull(c, said)
		heard <- string(said)
		_, _ = io.Copy(io.Discard, c)
		_, err := c.Write([]byte("too late"))
		over <- err
	})
	begin(t, console, nonce, "")
	if _, err := io.WriteString(console, "first"); err != nil {
		t.Fatal(err)
	}
	if said := <-heard; said != "first" {
		t.Errorf("%q", said)
	}
	begin(t, console, otherNonce, "more\n~vic-line/1 0")
	if err := <-over; err == nil {
		t.Error("a connection that is over could write")
	}
}

func TestServingWaitsForTheClientsFirstByte(t *testing.T) {
	served := make(chan struct{}, 2)
	console := newLine(t, func(c net.Conn) { served <- struct{}{}; echo(c) })
	for range 3 {
		begin(t, console, nonce, "")
	}
	select {
	case <-served:
		t.Error("a silent client was served")
	default:
	}
	if _, err := io.WriteString(console, "x"); err != nil {
		t.Fatal(err)
	}
	<-served
}

func TestAConnectionThatNobodyReadsIsGivenUp(t *testing.T) {
	release := make(chan struct{})
	console := newLine(t, func(c net.Conn) { <-release; echo(c) })
	defer close(release)
	begin(t, console, nonce, "")
	flood := make([]byte, maxUnread+4096)
	if _, err := console.Write(flood); err != nil {
		t.Fatal(err)
	}
	begin(t, console, otherNonce, "")
}

func TestConsolesBeginAnewInTheMiddleOfAnything(t *testing.T) {
	key, _, err := link.NewHostKey()
	if err != nil {
		t.Fatal(err)
	}
	host, _, err := link.NewHostKey()
	if err != nil {
		t.Fatal(err)
	}
	server, err := link.NewServer(host, string(ssh.MarshalAuthorizedKey(key.PublicKey())), map[string]link.Command{"ping": link.Ping("x")})
	if err != nil {
		t.Fatal(err)
	}
	for _, leftover := range []string{"", "SSH-2.0-half", "SSH-2.0-whole\r\n\x00\x00\x00\xff", strings.Repeat("\xff", 300)} {
		console := newLine(t, func(c net.Conn) { _ = server.Serve(c) })
		begin(t, console, nonce, "")
		begin(t, console, otherNonce, leftover)
		c, channels, requests, err := ssh.NewClientConn(console, "", &ssh.ClientConfig{
			User: "vic", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.FixedHostKey(host.PublicKey()),
		})
		if err != nil {
			t.Fatalf("%q: %v", leftover, err)
		}
		session, err := ssh.NewClient(c, channels, requests).NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if out, err := session.Output("ping"); err != nil || string(out) != `{"id":"x","version":"1"}`+"\n" {
			t.Errorf("%q: %q, %v", leftover, out, err)
		}
	}
}
