package link

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// dialled is a guest's server and the console's end of a connection that the guest has dialled.
func dialled(t *testing.T, authorized ssh.Signer, hostKey ssh.Signer) net.Conn {
	t.Helper()
	commands := map[string]Command{
		"ping": Ping("the id"),
		"echo": func(_ context.Context, s *Session) uint32 { _, _ = io.Copy(s, s); return StatusDone },
		"fail": func(context.Context, *Session) uint32 { return StatusFailed },
	}
	server, err := NewServer(hostKey, string(ssh.MarshalAuthorizedKey(authorized.PublicKey())), commands)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		server.Keep(ctx, listener.Addr().String(), "the id")
		close(ended)
	}()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		conn.Close()
		<-ended
	})
	line := make([]byte, len("vic-agent/1 the id\n"))
	if _, err := io.ReadFull(conn, line); err != nil || string(line) != "vic-agent/1 the id\n" {
		t.Fatalf("%q, %v", line, err)
	}
	return conn
}

func key(t *testing.T) ssh.Signer {
	t.Helper()
	signer, _, err := NewHostKey()
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func connect(conn net.Conn, name string, with ssh.Signer, host ssh.PublicKey) (*ssh.Client, error) {
	c, channels, requests, err := ssh.NewClientConn(conn, "", &ssh.ClientConfig{
		User: name, Auth: []ssh.AuthMethod{ssh.PublicKeys(with)}, HostKeyCallback: ssh.FixedHostKey(host),
	})
	if err != nil {
		return nil, err
	}
	return ssh.NewClient(c, channels, requests), nil
}

func TestStrangersAreKeptOut(t *testing.T) {
	console, host := key(t), key(t)
	for _, c := range []struct {
		user string
		with ssh.Signer
	}{{"vic", key(t)}, {"root", console}} {
		if _, err := connect(dialled(t, console, host), c.user, c.with, host.PublicKey()); err == nil {
			t.Errorf("%s was let in", c.user)
		}
	}
}

func TestCommandsRunAndTellHowTheyEnded(t *testing.T) {
	console, host := key(t), key(t)
	client, err := connect(dialled(t, console, host), "vic", console, host.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		command, in, out string
		fails            bool
	}{
		{"ping", "", `{"id":"the id","version":"1"}` + "\n", false},
		{"echo", strings.Repeat("x", 1<<20), strings.Repeat("x", 1<<20), false},
		{"fail", "", "", true},
		{"sh", "", "", true},
		{"", "", "", true},
	} {
		session, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		session.Stdin = strings.NewReader(c.in)
		out, err := session.Output(c.command)
		if string(out) != c.out || (err != nil) != c.fails {
			t.Errorf("%q: %.60q, %v", c.command, out, err)
		}
		session.Close()
	}
	if _, _, err := client.OpenChannel("direct-tcpip", nil); err == nil {
		t.Error("a tunnel was opened")
	}
}

func TestHostKeyIsOneLineThatReportsCanHold(t *testing.T) {
	signer, public, err := NewHostKey()
	if err != nil {
		t.Fatal(err)
	}
	parsed, _, _, rest, err := ssh.ParseAuthorizedKey([]byte(public))
	if err != nil || len(rest) > 0 || string(parsed.Marshal()) != string(signer.PublicKey().Marshal()) || strings.Contains(public, "\n") {
		t.Errorf("%q, %v", public, err)
	}
}

func TestOrdersThatCannotBeReadFail(t *testing.T) {
	for _, given := range []string{"", "no newline", "nonsense\n"} {
		if _, err := readOrder(bufio.NewReader(strings.NewReader(given))); err == nil {
			t.Errorf("%q was taken", given)
		}
	}
}
