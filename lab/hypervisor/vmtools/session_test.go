package vmtools

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vmware/govmomi/toolbox"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

type model struct {
	mu    sync.Mutex
	info  map[string]string
	state guest.State
	heard chan struct{}
}

func (m *model) GuestInfo(key, value string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.info[key] = value
}

func (m *model) State(s guest.State) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state = s
	select {
	case m.heard <- struct{}{}:
	default:
	}
}

// guestSide is a session with both its ports, seen from the guest.
type guestSide struct {
	*Session
	model      *model
	rpci, tclo frames
}

func connect(t *testing.T, info map[string]string) guestSide { return connectBounded(t, info, 0) }

func connectBounded(t *testing.T, info map[string]string, maxBytes int) guestSide {
	t.Helper()
	m := &model{info: map[string]string{}, heard: make(chan struct{}, 1)}
	s := NewSession(info, maxBytes, m)
	rpci, rpciHost := net.Pipe()
	tclo, tcloHost := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Serve(context.Background(), rpciHost, tcloHost)
	}()
	t.Cleanup(func() {
		rpci.Close()
		tclo.Close()
		<-done // a session ends with its connections
	})
	return guestSide{s, m, frames{rpci}, frames{tclo}}
}

// request sends one RPCI message and returns the answer.
func (g guestSide) request(t *testing.T, message string) string {
	t.Helper()
	if err := g.rpci.write([]byte(message)); err != nil {
		t.Fatal(err)
	}
	answer, err := g.rpci.read()
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

func words(values ...uint32) string {
	var b []byte
	for _, value := range values {
		b = binary.BigEndian.AppendUint32(b, value)
	}
	return string(b)
}

func TestRequestsThatMakeNoSenseAreRefused(t *testing.T) {
	g := connect(t, map[string]string{"guestinfo.given": "x"})
	for what, message := range map[string]string{
		"an unknown command":          "make-coffee now",
		"nothing":                     "",
		"zeros":                       "\x00\x00",
		"a key that isn't a guest's":  "info-set vic.installation stolen",
		"the bare prefix":             "info-set guestinfo. x",
		"another's key":               "info-get vic.installation",
		"a key that isn't there":      "info-get guestinfo.missing",
		"a key with control chars":    "info-set guestinfo.\x01 x",
		"a value that XML can't hold": "info-set guestinfo.bell \x07",
		"a value that isn't UTF-8":    "info-set guestinfo.utf \xff\xfe",
		"a key that is too long":      "info-set guestinfo." + strings.Repeat("k", maxKey) + " v",
		"NICs without end":            "SetGuestInfo  9 " + words(3, 1, 0xffffffff),
		"a NIC with a huge string":    "SetGuestInfo  9 " + words(3, 1, 1, 0xfffffff0),
		"NICs cut short":              "SetGuestInfo  9 " + words(3, 1, 2, 4),
		"an old version of NICs":      "SetGuestInfo  9 " + words(2),
		"a kind that is no number":    "SetGuestInfo  x y",
	} {
		if answer := g.request(t, message); !strings.HasPrefix(answer, "0 ") {
			t.Errorf("%s: answered %q", what, answer)
		}
	}
	if len(g.model.info) != 0 || len(g.model.state.NICs) != 0 {
		t.Errorf("the model heard %v, %+v", g.model.info, g.model.state)
	}
}

func TestWhatAGuestStoresIsBounded(t *testing.T) {
	g := connect(t, nil)
	value := strings.Repeat("v", 200<<10)
	refused := false
	for _, key := range []string{"a", "b", "c", "d", "e", "f"} {
		refused = refused || strings.HasPrefix(g.request(t, "info-set guestinfo."+key+" "+value), "0 ")
	}
	if !refused {
		t.Error("a guest stored more than a mebibyte")
	}
	if answer := g.request(t, "info-set guestinfo.a small"); answer != "1 " {
		t.Errorf("a full guest can't make room: %q", answer)
	}
	if answer := g.request(t, "info-set guestinfo.g "+value); answer != "1 " {
		t.Errorf("room that was made isn't there: %q", answer)
	}
}

func TestTheBoundOfWhatAGuestStoresMayBeLower(t *testing.T) {
	g := connectBounded(t, map[string]string{"guestinfo.given": strings.Repeat("v", 100)}, 150)
	if answer := g.request(t, "info-set guestinfo.a "+strings.Repeat("v", 50)); !strings.HasPrefix(answer, "0 ") {
		t.Errorf("beyond the bound: %q", answer)
	}
	if answer := g.request(t, "info-set guestinfo.a short"); answer != "1 " {
		t.Errorf("within it: %q", answer)
	}
}

func TestWhatIsNoFrameIsSkipped(t *testing.T) {
	g := connect(t, map[string]string{"guestinfo.given": "x"})
	garbage := append([]byte{0x7f, 0xff, 0xff, 0xff}, strings.Repeat("A", 100<<10)...)
	if _, err := g.rpci.conn.Write(garbage); err != nil {
		t.Fatal(err)
	}
	// A guest begins anew by being quiet for a while; how long is the host's to say.
	for {
		if err := g.rpci.conn.SetReadDeadline(time.Now().Add(2 * quietTime)); err != nil {
			t.Fatal(err)
		}
		if err := g.rpci.write([]byte("info-get guestinfo.given")); err != nil {
			t.Fatal(err)
		}
		var answer [7]byte
		if n, err := g.rpci.conn.Read(answer[:4]); err == nil && n == 4 {
			break
		}
	}
}

func TestAGuestReadsAndWritesItsInfo(t *testing.T) {
	g := connect(t, map[string]string{"guestinfo.given": "from outside"})
	if answer := g.request(t, "info-get guestinfo.given\x00"); answer != "1 from outside" {
		t.Errorf("info-get answered %q", answer)
	}
	if answer := g.request(t, `info-set guestinfo.report {"a": "b c"}`); answer != "1 " {
		t.Errorf("info-set answered %q", answer)
	}
	if g.model.info["guestinfo.report"] != `{"a": "b c"}` {
		t.Errorf("the model heard %v", g.model.info)
	}
	g.SetInfo("guestinfo.given", "")
	g.SetInfo("guestinfo.new", "later")
	if answer := g.request(t, "info-get guestinfo.given"); answer != "0 No value found" {
		t.Errorf("a removed key: %q", answer)
	}
	if info := g.Info(); len(info) != 2 || info["guestinfo.new"] != "later" {
		t.Errorf("Info() = %v", info)
	}
}

func TestToolsAreGreetedAndCommanded(t *testing.T) {
	g := connect(t, nil)
	if err := g.Halt(); !errors.Is(err, ErrNoTools) {
		t.Errorf("Halt before the tools run = %v", err)
	}
	expect := func(request, answer string) {
		t.Helper()
		got, err := g.tclo.read()
		if err != nil || string(got) != request {
			t.Fatalf("the guest heard %q (%v), want %q", got, err, request)
		}
		if err := g.tclo.write([]byte(answer)); err != nil {
			t.Fatal(err)
		}
	}
	for _, empty := range []string{"", ""} { // the toolbox polls with empty messages
		if err := g.tclo.write([]byte(empty)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := g.tclo.read()
	if err != nil || string(got) != "reset" {
		t.Fatalf("the guest heard %q (%v), want reset", got, err)
	}
	for _, answer := range []string{"OK ", "OK ATR toolbox"} { // the first answers something of before
		if err := g.tclo.write([]byte(answer)); err != nil {
			t.Fatal(err)
		}
	}
	expect("Capabilities_Register", "OK ")
	expect("Set_Option broadcastIP 1", "ERR ")
	<-g.model.heard
	if !g.model.state.ToolsRunning {
		t.Error("the tools answer, but don't count as running")
	}
	if err := errors.Join(g.Halt(), g.Halt()); err != nil {
		t.Fatal(err)
	}
	expect("OS_Halt", "OK ")
}

func TestStateIsWhatTheToolsSaid(t *testing.T) {
	g := connect(t, nil)
	nics := toolbox.NewGuestNicInfo()
	nic := toolbox.GuestNicV3{MacAddress: "00:50:56:AA:bb:cc"}
	for _, cidr := range []string{"fe80::1/64", "fd00::7/64", "172.16.0.2/16"} {
		ip, network, err := net.ParseCIDR(cidr)
		if err != nil {
			t.Fatal(err)
		}
		nic.AddIP(&net.IPNet{IP: ip, Mask: network.Mask})
	}
	name := "resolver"
	nic.DNSConfigInfo = &toolbox.DNSConfigInfo{HostName: &name, Servers: []toolbox.TypedIPAddress{{Type: 1, Address: []byte{1, 2, 3, 4}}}}
	nics.V3.Nics = []toolbox.GuestNicV3{nic, {MacAddress: "00:50:56:00:00:02"}}
	data, err := toolbox.EncodeXDR(nics)
	if err != nil {
		t.Fatal(err)
	}
	for _, message := range []string{
		"tools.set.version 2147483647", "tools.capability.statechange", "vmx.capability.unified_loop toolbox",
		"SetGuestInfo  1 web\x01-1\x00", "SetGuestInfo  5 Debian \xff12", "SetGuestInfo  6 debian12-64",
		"SetGuestInfo  9 " + string(data), "SetGuestInfo  3 whatever",
	} {
		if answer := g.request(t, message); answer != "1 " {
			t.Errorf("%q: answered %q", message, answer)
		}
	}
	g.model.mu.Lock()
	defer g.model.mu.Unlock()
	s := g.model.state
	if s.ToolsVersion != "2147483647" || s.HostName != "web-1" || s.FullName != "Debian 12" || s.Family != "linuxGuest" || s.IPAddress != "172.16.0.2" {
		t.Errorf("state is %+v", s)
	}
	if len(s.NICs) != 2 || s.NICs[0].MAC != "00:50:56:aa:bb:cc" || strings.Join(s.NICs[0].Addresses, " ") != "fe80::1/64 fd00::7/64 172.16.0.2/16" {
		t.Errorf("NICs are %+v", s.NICs)
	}
}

func TestAGuestReads64KiBAtOnce(t *testing.T) {
	most := strings.Repeat("v", 64<<10-2)
	g := connect(t, map[string]string{"guestinfo.most": most, "guestinfo.more": most + "v"})
	if answer := g.request(t, "info-get guestinfo.most"); answer != "1 "+most {
		t.Errorf("%d bytes are answered by %d", len(most), len(answer))
	}
	if answer := g.request(t, "info-get guestinfo.more"); !strings.HasPrefix(answer, "0 ") {
		t.Errorf("one more is answered by %d bytes", len(answer))
	}
}
