// Package vmtest boots the guest's ISO in a bare QEMU and plays its hypervisor.
package vmtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const bootPatience = 240 * time.Second

// longLine is cut where a failed test shows a log.
var longLine = regexp.MustCompile(`(?m)^(.{300}).+$`)

// machine is one VM and the host's side of its lines.
type machine struct {
	t     *testing.T
	qemu  *exec.Cmd
	ended chan error
	host  *host
	qmp   *monitor
	log   string       // the file behind ttyS0
	lines net.Listener // what ttyS1 connects to
	debug string       // the file behind ttyS2
}

// start boots a VM with this configuration; extra are arguments for QEMU, after a SCSI bus sc0.0.
func start(t *testing.T, boot bootFiles, config map[string]any, extra ...string) *machine {
	t.Helper()
	dir, err := os.MkdirTemp("", "vm") // sockets need short paths
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	m := &machine{t: t, ended: make(chan error, 1), log: filepath.Join(dir, "log"), debug: filepath.Join(dir, "debug")}
	encoded, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	m.host = newHost(map[string]string{"guestinfo.vic.config": string(encoded), "guestinfo.vic.report": "{}"})
	socket := func(name string) net.Listener {
		l, err := net.Listen("unix", filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l
	}
	go m.host.serveRPCI(socket("rpci"))
	go m.host.serveTCLO(socket("tclo"))
	monitors := socket("qmp")
	m.lines = socket("line")
	args := strings.Fields("-machine pc,hpet=off,vmport=off -cpu qemu64,+rdrand,+rdseed -m 160 -nodefaults" +
		" -display none -accel tcg,thread=multi -device pvscsi,id=sc0 -device virtio-serial-pci")
	args = append(args, boot.arguments()...)
	args = append(args, "-chardev", "socket,id=line,reconnect=1,path="+filepath.Join(dir, "line"),
		"-serial", "file:"+m.log, "-serial", "chardev:line", "-serial", "file:"+m.debug,
		"-qmp", "unix:"+filepath.Join(dir, "qmp"))
	for _, port := range []string{"rpci", "tclo"} {
		args = append(args, "-chardev", fmt.Sprintf("socket,id=%s,path=%s", port, filepath.Join(dir, port)),
			"-device", fmt.Sprintf("virtserialport,chardev=%s,name=org.vic.%s", port, port))
	}
	m.qemu = exec.Command("qemu-system-x86_64", append(args, extra...)...)
	var words bytes.Buffer
	m.qemu.Stderr = &words
	if err := m.qemu.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		err := m.qemu.Wait()
		if err != nil {
			err = fmt.Errorf("%w: %s", err, words.String())
		}
		m.ended <- err
	}()
	t.Cleanup(m.stop)
	m.qmp = newMonitor(t, monitors)
	return m
}

func (m *machine) stop() {
	_ = m.qemu.Process.Kill()
	if m.t.Failed() {
		debug, _ := os.ReadFile(m.debug)
		log, _ := os.ReadFile(m.log)
		m.t.Logf("debug line:\n%s\nlog:\n%s\nreport: %s\nrequests: %.4000q", debug, longLine.ReplaceAll(log, []byte("$1…")),
			m.host.get("guestinfo.vic.report"), m.host.requests())
	}
}

// awaitEnd waits for the power-off and returns the last report.
func (m *machine) awaitEnd() map[string]any {
	m.t.Helper()
	select {
	case err := <-m.ended:
		if err != nil {
			m.t.Fatal(err)
		}
	case <-time.After(bootPatience):
		m.t.Fatal("the VM is still on")
	}
	return m.report()
}

func (m *machine) report() map[string]any {
	var r map[string]any
	if err := json.Unmarshal([]byte(m.host.get("guestinfo.vic.report")), &r); err != nil {
		m.t.Fatal(err)
	}
	return r
}

// awaitState waits for a report with this state.
func (m *machine) awaitState(state string) map[string]any {
	m.t.Helper()
	for deadline := time.Now().Add(bootPatience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if r := m.report(); r["state"] == state {
			return r
		}
	}
	m.t.Fatalf("no report with state %s", state)
	return nil
}

// output is what the log's file holds, without times.
func (m *machine) output() []string {
	m.t.Helper()
	data, err := os.ReadFile(m.log)
	if err != nil {
		m.t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		_, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		lines = append(lines, rest)
	}
	return lines
}
