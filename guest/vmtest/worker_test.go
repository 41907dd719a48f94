package vmtest

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// console is the far end of a worker's link.
type console struct {
	t        *testing.T
	listener net.Listener
	key      ssh.Signer
}

func newConsole(t *testing.T) *console {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return &console{t, listener, newKey(t)}
}

func newKey(t *testing.T) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// accept takes a worker's call and returns its first line and the handshake's outcome with this key.
func (c *console) accept(hostKey string, key ssh.Signer) (string, *ssh.Client, error) {
	c.t.Helper()
	conn, err := c.listener.Accept()
	if err != nil {
		c.t.Fatal(err)
	}
	hello := make([]byte, 0, 100)
	for b := make([]byte, 1); !bytes.HasSuffix(hello, []byte("\n")); hello = append(hello, b...) {
		if _, err := conn.Read(b); err != nil {
			c.t.Fatal(err)
		}
	}
	expected, _, _, _, err := ssh.ParseAuthorizedKey([]byte(hostKey))
	if err != nil {
		c.t.Fatal(err)
	}
	client, channels, requests, err := ssh.NewClientConn(conn, "", &ssh.ClientConfig{
		User: "vic", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: ssh.FixedHostKey(expected), Timeout: 20 * time.Second,
	})
	if err != nil {
		conn.Close()
		return string(hello), nil, err
	}
	return string(hello), ssh.NewClient(client, channels, requests), nil
}

func workerConfig(c *console) map[string]any {
	_, port, _ := net.SplitHostPort(c.listener.Addr().String())
	return map[string]any{
		"version": 1, "role": "worker", "id": strings.Repeat("b", 64), "hostname": "worker",
		"networks": []any{map[string]any{"name": "management", "mac": "00:50:56:00:00:01", "dhcp": true}},
		"link": map[string]any{
			"address":       "10.0.2.2:" + port, // the host, as QEMU's own network has it
			"authorizedKey": string(ssh.MarshalAuthorizedKey(c.key.PublicKey())),
		},
	}
}

var userNetwork = []string{"-netdev", "user,id=n0", "-device", "vmxnet3,netdev=n0,mac=00:50:56:00:00:01"}

type blob struct {
	content        []byte
	digest, diffID string
}

func layerBlob(t *testing.T, headers ...tar.Header) blob {
	t.Helper()
	var plain, packed bytes.Buffer
	w := tar.NewWriter(&plain)
	for _, h := range headers {
		content := h.Linkname
		if h.Typeflag == tar.TypeReg {
			h.Size, h.Linkname = int64(len(content)), ""
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := w.Write([]byte(content)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(plain.Bytes())
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return blob{packed.Bytes(), sum(packed.Bytes()), sum(plain.Bytes())}
}

func sum(b []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(b)) }

// unpack runs the command and returns its last line and whether it succeeded.
func unpack(t *testing.T, client *ssh.Client, target int, format bool, layers ...blob) (map[string]any, error) {
	t.Helper()
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	order := map[string]any{"target": target, "format": format}
	list := []any{}
	var blobs bytes.Buffer
	for _, l := range layers {
		list = append(list, map[string]any{"digest": l.digest, "diffId": l.diffID, "mediaType": "x", "size": len(l.content)})
		blobs.Write(l.content)
	}
	order["layers"] = list
	line, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	session.Stdin = bytes.NewReader(append(append(line, '\n'), blobs.Bytes()...))
	out, err := session.Output("unpack")
	var last map[string]any
	for scanner := bufio.NewScanner(bytes.NewReader(out)); scanner.Scan(); {
		last = nil
		if jsonErr := json.Unmarshal(scanner.Bytes(), &last); jsonErr != nil {
			t.Fatal(jsonErr)
		}
	}
	return last, err
}

func (m *machine) addDisk(name, file string, target int) {
	m.qmp.run("blockdev-add", map[string]any{"driver": "raw", "node-name": name,
		"file": map[string]any{"driver": "file", "filename": file}})
	m.qmp.run("device_add", map[string]any{"driver": "scsi-hd", "bus": "sc0.0", "drive": name, "id": name,
		"scsi-id": target})
}

func TestWorkerUnpacksLayersOntoAHotAddedDisk(t *testing.T) {
	t.Parallel()
	boot := fromISO(t)
	c := newConsole(t)
	m := start(t, boot, workerConfig(c), userNetwork...)
	report := m.awaitState("running")
	hostKey, _ := report["hostKey"].(string)

	hello, _, err := c.accept(hostKey, newKey(t))
	if err == nil {
		t.Error("a stranger's key was let in")
	}
	if want := "vic-agent/1 " + strings.Repeat("b", 64) + "\n"; hello != want {
		t.Errorf("hello %q", hello)
	}
	_, client, err := c.accept(hostKey, c.key) // it calls again by itself
	if err != nil {
		t.Fatal(err)
	}

	disk := filepath.Join(t.TempDir(), "disk.raw")
	if err := os.WriteFile(disk, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(disk, 2<<30); err != nil {
		t.Fatal(err)
	}
	m.addDisk("d1", disk, 1)
	long := strings.Repeat("n", 200)
	first := layerBlob(t,
		tar.Header{Typeflag: tar.TypeDir, Name: "d/", Mode: 0o1777},
		tar.Header{Typeflag: tar.TypeReg, Name: "d/setuid", Mode: 0o4755, Uid: 7, Linkname: "content"},
		tar.Header{Typeflag: tar.TypeReg, Name: "d/" + long, Mode: 0o600, Linkname: "long",
			PAXRecords: map[string]string{"SCHILY.xattr.user.colour": "blue"}},
		tar.Header{Typeflag: tar.TypeChar, Name: "d/null", Mode: 0o666, Devmajor: 1, Devminor: 3},
		tar.Header{Typeflag: tar.TypeReg, Name: "gone", Mode: 0o600, Linkname: "x"})
	second := layerBlob(t,
		tar.Header{Typeflag: tar.TypeReg, Name: ".wh.gone"},
		tar.Header{Typeflag: tar.TypeLink, Name: "hard", Linkname: "d/setuid"},
		tar.Header{Typeflag: tar.TypeSymlink, Name: "soft", Linkname: "/d"},
		tar.Header{Typeflag: tar.TypeReg, Name: "bin/sh", Mode: 0o755, Linkname: string(busybox(t))})
	done, err := unpack(t, client, 1, true, first, second)
	if err != nil || done["done"] != true {
		t.Fatalf("%v: %v", err, done)
	}

	wrong := layerBlob(t, tar.Header{Typeflag: tar.TypeReg, Name: "d/unproven", Mode: 0o600})
	wrong.diffID = sum([]byte("something else"))
	if failed, err := unpack(t, client, 1, false, wrong); err == nil || reason(failed) != "DiffIDMismatch" {
		t.Errorf("wrong diffID: %v: %v", err, failed)
	}
	m.host.ask("OS_Halt")
	if report := m.awaitEnd(); report["state"] != "exited" {
		t.Errorf("report %v", report)
	}
	checkDisk(t, disk)

	m = start(t, boot, containerConfig("echo started from $(cat /soft/setuid) && echo more > /written"), withDisk(disk)...)
	expect(t, m.awaitEnd(), map[string]any{"state": "exited", "exitCode": 0.0})
	expectLines(t, m.output(), "stdout F started from content")
	checkDisk(t, disk)
}

func reason(line map[string]any) any {
	described, _ := line["error"].(map[string]any)
	return described["reason"]
}

func checkDisk(t *testing.T, disk string) {
	t.Helper()
	if out, err := exec.Command("e2fsck", "-fn", disk).CombinedOutput(); err != nil {
		t.Errorf("e2fsck: %v: %s", err, out)
	}
	commands := "stat /hard\nls -l /\nls -l /d\ncat /soft/setuid\nstat <8>\n"
	debugfs := exec.Command("debugfs", "-f", "-", disk)
	debugfs.Stdin = strings.NewReader(commands)
	out, err := debugfs.CombinedOutput()
	if err != nil {
		t.Fatalf("debugfs: %v: %s", err, out)
	}
	for _, want := range []string{"Mode:  04755", "Links: 2", "User:     7", strings.Repeat("n", 200), "content", "41777"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the disk lacks %q", want)
		}
	}
	for _, unwanted := range []string{"gone", "lost+found"} {
		if strings.Contains(string(out), unwanted) {
			t.Errorf("the disk has %q", unwanted)
		}
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
}
