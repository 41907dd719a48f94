package hypervisor

import (
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vic-operator/vic-operator/lab/hypervisor/lan"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// greeter answers each TCP connection and each datagram on one loopback port
// with "<what it heard> from host".
func greeter(t *testing.T) (port string) {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	packets, err := net.ListenPacket("udp4", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { packets.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				heard, _ := io.ReadAll(conn)
				_, _ = conn.Write([]byte(string(heard) + " from host"))
			}()
		}
	}()
	go func() {
		heard := make([]byte, 1500)
		for {
			n, from, err := packets.ReadFrom(heard)
			if err != nil {
				return
			}
			_, _ = packets.WriteTo([]byte(string(heard[:n])+" from host"), from)
		}
	}()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

const downloadSize = 32 << 20

// sender sends bytes that a test guest can sum up.
func sender(t *testing.T) (port, sum string) {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	data := make([]byte, downloadSize)
	_, _ = rand.NewChaCha8([32]byte{}).Read(data)
	go func() {
		if conn, err := listener.Accept(); err == nil {
			_, _ = conn.Write(data)
			conn.Close()
		}
	}()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port), fmt.Sprintf("%d %08x", len(data), crc32.ChecksumIEEE(data))
}

func TestALANLeadsToTheHostAndBack(t *testing.T) {
	open, closed := greeter(t), greeter(t)
	driver := newDriver(t, func(o *Options) {
		o.Networks = map[string]lan.Config{"VM Network": {Subnet: lanNetwork,
			Names: map[string]netip.Addr{"registry.lab": netip.MustParseAddr("10.77.0.1")},
			Allow: func(port uint16) bool { return strconv.Itoa(int(port)) != closed }}}
	})
	events := newRecorder()
	if _, err := driver.Dial(t.Context(), "VM Network", netip.MustParseAddrPort("10.77.0.10:80")); err == nil {
		t.Error("Dial reached a network that nobody is on")
	}
	m := testMachine("vm-1")
	m.NICs = []guest.NIC{nic(1, "VM Network")}
	g := boot(t, driver, events, m)

	g.expect("dhcp eth0", "10.77.0.10/24 via 10.77.0.1 dns 10.77.0.1")
	g.expect("tcp 10.77.0.1:"+open, "hello from host")
	g.expect("udp 10.77.0.1:"+open, "hello from host")
	if got := g.ask("tcp 10.77.0.1:" + closed); !strings.Contains(got, "refused") {
		t.Errorf("a port that isn't allowed: %s", got)
	}
	if got := g.ask("tcp 10.77.0.1:1"); !strings.Contains(got, "refused") {
		t.Errorf("a port where nobody listens: %s", got)
	}
	g.expect("resolve 10.77.0.1 registry.lab", "10.77.0.1")
	if got := g.ask("resolve 10.77.0.1 example.com"); !strings.Contains(got, "no such host") {
		t.Errorf("a name that doesn't exist: %s", got)
	}

	download, want := sender(t)
	start := time.Now()
	g.expect("sum 10.77.0.1:"+download, want)
	t.Logf("host to guest: %.0f MB/s", float64(downloadSize)/1e6/time.Since(start).Seconds())

	g.expect("echo 7", "")
	conn, err := driver.Dial(t.Context(), "VM Network", netip.MustParseAddrPort("10.77.0.10:7"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// More than any buffer on the way, so that flow control is needed.
	sent := strings.Repeat("0123456789abcdef", 64<<10)
	go func() { _, _ = io.WriteString(conn, sent) }()
	back := make([]byte, len(sent))
	if _, err := io.ReadFull(conn, back); err != nil || string(back) != sent {
		t.Errorf("the echo differs (%v)", err)
	}
	g.expect("announce", "")
	events.await(t, "the address in the guest's report", func() bool {
		nics := events.state["vm-1"].NICs
		return events.state["vm-1"].IPAddress == "10.77.0.10" && len(nics) == 1 &&
			nics[0].MAC == "00:50:56:00:00:01" && nics[0].Addresses[0] == "10.77.0.10/24"
	})
}

func TestPortGroupsAreIsolatedUntilACardIsMoved(t *testing.T) {
	driver, events := newDriver(t, nil), newRecorder()
	server, client := testMachine("vm-1"), testMachine("vm-2")
	server.NICs = []guest.NIC{nic(1, "bridge-a"), nic(2, "bridge-b")}
	unplugged := nic(4, "bridge-a")
	unplugged.Connected = false
	tagged := nic(3, "bridge-a")
	tagged.VLAN = 7
	client.NICs = []guest.NIC{tagged, unplugged}
	a, b := boot(t, driver, events, server), boot(t, driver, events, client)
	a.expect("address eth0 172.16.0.1/24", "")
	a.expect("echo 7", "")
	b.expect("address eth0 172.16.0.2/24", "")
	if got := b.ask("no-tcp 172.16.0.1:7"); !strings.Contains(got, "no route to host") && !strings.Contains(got, "timeout") {
		t.Errorf("another VLAN of the port group was reached: %s", got)
	}
	tagged.VLAN = 0
	if err := driver.SetNIC(t.Context(), "vm-2", tagged); err != nil {
		t.Fatal(err)
	}
	b.expect("tcp 172.16.0.1:7", "hello")
	if _, err := driver.Dial(t.Context(), "bridge-a", netip.MustParseAddrPort("172.16.0.1:7")); err == nil {
		t.Error("the host reached into an isolated port group")
	}
	if err := driver.SetNIC(t.Context(), "vm-2", nic(9, "bridge-a")); err == nil {
		t.Error("a card that isn't there was changed")
	}
	tagged.Connected = false
	if err := driver.SetNIC(t.Context(), "vm-2", tagged); err != nil {
		t.Fatal(err)
	}
	if got := b.ask("no-tcp 172.16.0.1:7"); !strings.HasPrefix(got, "error: ") {
		t.Errorf("a card without a cable reached %s", got)
	}
}
