package vmtest

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// lineConsole is the far end of a container's line.
type lineConsole struct {
	t    *testing.T
	conn net.Conn
	key  ssh.Signer
}

// withLine adds a line to a container's configuration and returns the console for it.
func withLine(t *testing.T, config map[string]any) *lineConsole {
	c := &lineConsole{t: t, key: newKey(t)}
	config["line"] = map[string]any{"port": "ttyS1", "authorizedKey": string(ssh.MarshalAuthorizedKey(c.key.PublicKey()))}
	return c
}

// connect waits for the container to run and logs in over its line.
func (c *lineConsole) connect(m *machine) *ssh.Client {
	c.t.Helper()
	if c.conn == nil {
		conn, err := m.lines.Accept()
		if err != nil {
			c.t.Fatal(err)
		}
		c.t.Cleanup(func() { conn.Close() })
		c.conn = conn
	}
	hostKey, _ := m.awaitState("running")["hostKey"].(string)
	c.sync()
	expected, _, _, _, err := ssh.ParseAuthorizedKey([]byte(hostKey))
	if err != nil {
		c.t.Fatal(err)
	}
	client, channels, requests, err := ssh.NewClientConn(c.conn, "", &ssh.ClientConfig{
		User: "vic", Auth: []ssh.AuthMethod{ssh.PublicKeys(c.key)}, HostKeyCallback: ssh.FixedHostKey(expected),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return ssh.NewClient(client, channels, requests)
}

// sync makes the guest begin anew.
func (c *lineConsole) sync() {
	c.t.Helper()
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce)
	digits := hex.EncodeToString(nonce)
	if _, err := io.WriteString(c.conn, "\n~vic-line/1 "+digits+"\n"); err != nil {
		c.t.Fatal(err)
	}
	answer := []byte("\n~vic-line/1 ready " + digits + "\n")
	var read []byte
	_ = c.conn.SetReadDeadline(time.Now().Add(bootPatience))
	for one := make([]byte, 1); !bytes.HasSuffix(read, answer); read = append(read, one...) {
		if _, err := c.conn.Read(one); err != nil {
			c.t.Fatalf("%v after %q", err, read)
		}
	}
	_ = c.conn.SetReadDeadline(time.Time{})
}

// running is a command that a console has sent.
type running struct {
	*ssh.Session
	in     io.WriteCloser
	out    io.Reader
	stderr bytes.Buffer
	answer map[string]any
}

// command sends a command and reads its answer.
func command(t *testing.T, client *ssh.Client, name string, parameters any) *running {
	t.Helper()
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	r := &running{Session: session}
	r.in, _ = session.StdinPipe()
	r.out, _ = session.StdoutPipe()
	session.Stderr = &r.stderr
	if err := session.Start(name); err != nil {
		t.Fatal(err)
	}
	line, err := json.Marshal(parameters)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.in.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(r.line(t), &r.answer); err != nil {
		t.Fatal(err)
	}
	return r
}

// line reads one line of the output.
func (r *running) line(t *testing.T) []byte {
	t.Helper()
	var line []byte
	for one := make([]byte, 1); ; line = append(line, one...) {
		if _, err := r.out.Read(one); err != nil {
			t.Fatalf("%v after %q", err, line)
		}
		if one[0] == '\n' {
			return line
		}
	}
}

// end reads the output to its end and returns it with the exit status.
func (r *running) end(t *testing.T) (string, int) {
	t.Helper()
	out, err := io.ReadAll(r.out)
	if err != nil {
		t.Fatal(err)
	}
	switch err := r.Wait().(type) {
	case nil:
		return string(out), 0
	case *ssh.ExitError:
		return string(out), err.ExitStatus()
	default:
		t.Fatalf("%v after %q", err, out)
		return "", 0
	}
}

func TestInputGoesToTheProcessAndItsOutputComesBack(t *testing.T) {
	t.Parallel()
	config := containerConfig("cat; echo bye >&2; exit 5")
	process := config["process"].(map[string]any)
	process["openStdin"], process["stdinOnce"] = true, true
	c := withLine(t, config)
	m := start(t, fromISO(t), config, withDisk(busyboxDisk(t))...)
	client := c.connect(m)
	attached := command(t, client, "attach", map[string]any{"stdin": true, "output": true, "from": map[string]any{"stdout": 0, "stderr": 0}})
	if attached.answer["run"] != 1.0 {
		t.Errorf("answer %v", attached.answer)
	}
	if _, err := io.WriteString(attached.in, "hello\n"); err != nil {
		t.Fatal(err)
	}
	if line := attached.line(t); string(line) != "hello" {
		t.Errorf("%q", line)
	}
	attached.in.Close()
	out, status := attached.end(t)
	if out != "" || attached.stderr.String() != "bye\n" || status != 0 {
		t.Errorf("%q, %q, %d", out, attached.stderr.String(), status)
	}
	expect(t, m.awaitEnd(), map[string]any{"state": "exited", "exitCode": 5.0})
	if lines := m.output(); lines[0] != `vic F {"run":1}` || strings.Join(lines[1:], ";") != `stdout F hello;stderr F bye;vic F {"run":1,"exitCode":5}` {
		t.Errorf("%q", lines)
	}
}

func TestALineThatIsCutLosesNothing(t *testing.T) {
	t.Parallel()
	config := containerConfig(`i=0; while [ $i -lt 200 ]; do echo line $i; i=$((i+1)); sleep 0.02; done`)
	c := withLine(t, config)
	m := start(t, fromISO(t), config, withDisk(busyboxDisk(t))...)
	all := ""
	for range 2 {
		from := map[string]any{"stdout": len(all), "stderr": 0}
		r := command(t, c.connect(m), "attach", map[string]any{"output": true, "from": from})
		if r.answer["from"].(map[string]any)["stdout"] != float64(len(all)) {
			t.Errorf("%v", r.answer)
		}
		for range 20 {
			all += string(r.line(t)) + "\n"
		}
		c.conn.Close() // QEMU dials again, as a host does
		c.conn = nil
	}
	from := map[string]any{"stdout": len(all), "stderr": 0}
	out, status := command(t, c.connect(m), "attach", map[string]any{"output": true, "from": from}).end(t)
	all += out
	want := ""
	for i := range 200 {
		want += fmt.Sprintf("line %d\n", i)
	}
	if all != want || status != 0 {
		t.Errorf("%q, %d", all, status)
	}
	expect(t, m.awaitEnd(), map[string]any{"state": "exited", "exitCode": 0.0})
}

func TestMuchInputArrivesThoughTheProcessorIsBusy(t *testing.T) {
	t.Parallel()
	config := containerConfig(`while :; do :; done & while :; do :; done & md5sum; exit 0`)
	process := config["process"].(map[string]any)
	process["openStdin"], process["stdinOnce"] = true, true
	c := withLine(t, config)
	m := start(t, fromISO(t), config, withDisk(busyboxDisk(t))...)
	r := command(t, c.connect(m), "attach", map[string]any{"stdin": true, "output": true})
	if _, err := r.in.Write(make([]byte, 300_000)); err != nil {
		t.Fatal(err)
	}
	r.in.Close()
	if out, status := r.end(t); out != "4a21de7a58fb8ecb9a1b1f08a3068269  -\n" || status != 0 {
		t.Errorf("%q, %d", out, status)
	}
	expect(t, m.awaitEnd(), map[string]any{"state": "exited", "exitCode": 0.0})
}
