package streams

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	osexec "os/exec"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"

	"github.com/vic-operator/vic-operator/guest/link"
	"github.com/vic-operator/vic-operator/guest/process"
)

// hostProcess is a process of this machine, without a container around it.
type hostProcess struct {
	command        *osexec.Cmd
	stdin          io.WriteCloser
	stdout, stderr *os.File
	ended          chan struct{}
	stops          chan unix.Signal
}

func newHostProcess(t *testing.T, args ...string) *hostProcess {
	t.Helper()
	p, err := runOnHost(args)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.command.Process.Kill() })
	return p
}

func runOnHost(args []string) (*hostProcess, error) {
	p := &hostProcess{command: osexec.Command(args[0], args[1:]...), ended: make(chan struct{}), stops: make(chan unix.Signal, 9)}
	var err error
	if p.stdin, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	var out, errOut *os.File
	if p.stdout, out, err = os.Pipe(); err != nil {
		return nil, err
	}
	if p.stderr, errOut, err = os.Pipe(); err != nil {
		return nil, err
	}
	p.command.Stdout, p.command.Stderr = out, errOut
	if err := p.command.Start(); err != nil {
		return nil, &process.Failure{Reason: process.ReasonNotFound, Message: err.Error(), ExitCode: 127}
	}
	out.Close()
	errOut.Close()
	go func() {
		_, _ = p.command.Process.Wait()
		close(p.ended)
	}()
	return p, nil
}

func (p *hostProcess) PID() int                   { return p.command.Process.Pid }
func (p *hostProcess) Signal(s unix.Signal) error { return p.command.Process.Signal(s) }
func (p *hostProcess) Resize(process.Size) error  { return process.ErrNoTerminal }
func (p *hostProcess) Stdin() io.Writer           { return p.stdin }
func (p *hostProcess) CloseStdin()                { _ = p.stdin.Close() }
func (p *hostProcess) Stdout() io.ReadCloser      { return p.stdout }
func (p *hostProcess) Stderr() io.ReadCloser      { return p.stderr }
func (p *hostProcess) Ended() <-chan struct{}     { return p.ended }
func (p *hostProcess) Exit() process.Exit         { return process.Exit{Code: 7, At: time.Now()} }
func (p *hostProcess) StopSignal() unix.Signal    { return unix.SIGTERM }

func (p *hostProcess) Stop(s unix.Signal, _ time.Duration) {
	p.stops <- s
	_ = p.Signal(s)
}

func (p *hostProcess) Exec(s process.ExecSpec) (Running, error) {
	e, err := runOnHost(s.Args)
	if err != nil {
		return nil, err
	}
	return e, nil
}

func (p *hostProcess) CheckUser(user string, _ []string) error {
	if user == "nobody" {
		return nil
	}
	return &process.Failure{Reason: process.ReasonUserNotFound, Message: "no user " + user}
}

type figuresOfNothing struct{}

func (figuresOfNothing) Processes() (any, error) { return []int{1}, nil }
func (figuresOfNothing) Figures() (any, error)   { return map[string]int{"pids": 1}, nil }

// newRunning is a container with a process, and its streams' output as the guest's agent copies it.
func newRunning(t *testing.T, config Config, args ...string) (*Container, *hostProcess) {
	t.Helper()
	config.ID, config.Run, config.Usage = "the id", 3, figuresOfNothing{}
	c := NewContainer(config)
	p := newHostProcess(t, args...)
	c.Started(p)
	var copies sync.WaitGroup
	copies.Go(func() { _, _ = io.Copy(&c.Stdout, p.stdout) })
	copies.Go(func() { _, _ = io.Copy(&c.Stderr, p.stderr) })
	go func() {
		copies.Wait()
		c.Stdout.End()
		c.Stderr.End()
	}()
	return c, p
}

// console logs in to a container's streams.
func console(t *testing.T, c *Container) *ssh.Client {
	t.Helper()
	key, _, err := link.NewHostKey()
	if err != nil {
		t.Fatal(err)
	}
	host, _, err := link.NewHostKey()
	if err != nil {
		t.Fatal(err)
	}
	server, err := link.NewServer(host, string(ssh.MarshalAuthorizedKey(key.PublicKey())), c.Commands())
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		if theirs, err := listener.Accept(); err == nil {
			_ = server.Serve(theirs)
		}
	}()
	ours, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn, channels, requests, err := ssh.NewClientConn(ours, "", &ssh.ClientConfig{
		User: "vic", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.FixedHostKey(host.PublicKey()),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return ssh.NewClient(conn, channels, requests)
}

// call is a command that has been answered.
type call struct {
	t      *testing.T
	ssh    *ssh.Session
	in     io.WriteCloser
	out    io.Reader
	stderr bytes.Buffer
	answer map[string]any
}

func command(t *testing.T, client *ssh.Client, name, parameters string) *call {
	t.Helper()
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	c := &call{t: t, ssh: session}
	c.in, _ = session.StdinPipe()
	c.out, _ = session.StdoutPipe()
	session.Stderr = &c.stderr
	if err := session.Start(name); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c.in, parameters+"\n"); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(c.line(), &c.answer); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *call) line() []byte {
	c.t.Helper()
	var line []byte
	for one := make([]byte, 1); ; line = append(line, one...) {
		if _, err := c.out.Read(one); err != nil {
			c.t.Fatalf("%v after %q", err, line)
		}
		if one[0] == '\n' {
			return line
		}
	}
}

func (c *call) read(n int) string {
	c.t.Helper()
	p := make([]byte, n)
	if _, err := io.ReadFull(c.out, p); err != nil {
		c.t.Fatal(err)
	}
	return string(p)
}

// end reads to the end.
func (c *call) end() (out string, status int) {
	c.t.Helper()
	rest, err := io.ReadAll(c.out)
	if err != nil {
		c.t.Fatal(err)
	}
	err = c.ssh.Wait()
	var exit *ssh.ExitError
	if errors.As(err, &exit) {
		return string(rest), exit.ExitStatus()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return string(rest), 0
}

// reason is that of a refusal.
func (c *call) reason() any {
	described, _ := c.answer["error"].(map[string]any)
	return described["reason"]
}
