package hypervisor

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// consent is all that a serial port proxy has to say so that bytes flow.
var consent = []byte{255, 253, 232, 255, 253, 0, 255, 251, 0, 255, 253, 3, 255, 251, 3,
	255, 250, 232, 1, 0, 1, 2, 3, 40, 41, 43, 44, 45, 46, 48, 70, 71, 73, 255, 240, 255, 250, 232, 71, 255, 240}

// takeCall accepts a host's call, up to where the machine's bytes begin.
func takeCall(t *testing.T, listener net.Listener) net.Conn {
	t.Helper()
	_ = listener.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
	conn, err := listener.Accept()
	if err != nil {
		t.Fatalf("the host didn't call: %v", err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.Write(consent); err != nil {
		t.Fatal(err)
	}
	for heard := []byte{}; !bytes.HasSuffix(heard, []byte("Cvic.dev/x\xff\xf0")); {
		one := make([]byte, 1)
		if _, err := io.ReadFull(conn, one); err != nil {
			t.Fatalf("after %v: %v", heard, err)
		}
		heard = append(heard, one[0])
	}
	return conn
}

func lineTo(listener net.Listener, index int) guest.Serial {
	return guest.Serial{Index: index, Kind: guest.SerialURI, URI: "vic.dev/x", ProxyURI: "telnet://" + listener.Addr().String(), Client: true}
}

// echoes sends all bytes through the guest and back.
func echoes(t *testing.T, conn net.Conn) {
	t.Helper()
	plain := make([]byte, 0, 4096)
	for i := range 4096 {
		plain = append(plain, byte(i), byte(i>>4))
	}
	wire := bytes.ReplaceAll(plain, []byte{255}, []byte{255, 255})
	go func() { _, _ = conn.Write(wire) }()
	got := make([]byte, len(wire))
	if n, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, wire) {
		at := 0
		for at < n && got[at] == wire[at] {
			at++
		}
		t.Errorf("of %d bytes %d came back (%v), others from %d on: %x, not %x", len(wire), n, err, at,
			got[at:min(at+16, n)], wire[at:min(at+16, len(wire))])
	}
}

func TestASerialLineIsDialledCutMovedAndHungUp(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	m := testMachine("vm-1")
	m.Serials = []guest.Serial{{Index: 0, Kind: guest.SerialNone}, lineTo(listener, 1)}
	driver, events := newDriver(t, nil), newRecorder()
	g := boot(t, driver, events, m)
	conn := takeCall(t, listener) // while it boots
	g.expect("serial-echo 1", "")
	echoes(t, conn)

	if err := driver.CutLine("vm-1", 1, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the cut: %v", err)
	}
	conn = takeCall(t, listener)
	echoes(t, conn)

	if err := driver.Reset(t.Context(), "vm-1"); err != nil { // the connection stays, as that of a VMX process
		t.Fatal(err)
	}
	g.events.await(t, "the reset", func() bool { return events.resets["vm-1"] == 1 })
	g.expect("serial-echo 1", "")
	echoes(t, conn)

	if err := driver.FeedLine("vm-1", 1, false, []byte("from nowhere")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 12)
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != "from nowhere" {
		t.Errorf("%q, %v", got, err)
	}
	if err := driver.FeedLine("vm-1", 1, true, []byte("to the guest")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != "to the guest" {
		t.Errorf("%q, %v", got, err)
	}
	if state := driver.Lines("vm-1"); len(state) != 1 || !state[1].Connected || state[1].Dials != 2 {
		t.Errorf("%+v", state)
	}
	for what, err := range map[string]error{
		"a port that isn't one": driver.CutLine("vm-1", 0, 0), "a machine that is off": driver.FeedLine("vm-2", 1, true, nil),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	if err := driver.PowerOff(t.Context(), "vm-1"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the end: %v", err)
	}
}

// listenApart listens on a port that no client is given while nobody listens
// there: those of clients are higher (ip(7), ip_local_port_range).
func listenApart(t *testing.T) net.Listener {
	t.Helper()
	for range 1000 {
		if listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(12000))); err == nil {
			return listener
		}
	}
	t.Fatal("no free port between 20000 and 32000")
	return nil
}

func TestAMachineStartsThoughItsProxyIsntThere(t *testing.T) {
	listener := listenApart(t)
	m := testMachine("vm-1")
	m.Serials = []guest.Serial{lineTo(listener, 0)}
	address := listener.Addr().String()
	listener.Close()
	driver, events := newDriver(t, nil), newRecorder()
	g := boot(t, driver, events, m)
	g.expect("serial 0 nobody-hears-it", "") // and isn't held up
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatalf("the port was taken meanwhile: %v", err)
	}
	defer listener.Close()
	conn := takeCall(t, listener)
	g.expect("serial-echo 0", "")
	echoes(t, conn)
	g.send("off")
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the end: %v", err)
	}
}
