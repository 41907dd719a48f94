package vspc

import (
	"bytes"
	"io"
	"net"
	"slices"
	"testing"
	"time"
)

func TestAProxyThatIsNoneIsLeftAlone(t *testing.T) {
	for what, answer := range map[string]func(c *concentrator){
		"it knows nothing of the extension": func(c *concentrator) { c.send(255, 254, 232) },
		"it won't be one":                   func(c *concentrator) { c.greet(); c.send(255, 250, 232, 73, 255, 240) },
		"it doesn't know DO-PROXY":          func(c *concentrator) { c.greet(); c.send(255, 250, 232, 3, 70, 255, 240) },
		"it can't be one":                   func(c *concentrator) { c.send(255, 253, 232, 255, 250, 232, 1, 80, 255, 240) },
		"its message has no end":            func(c *concentrator) { c.send(255, 250, 232, 1, 255, 1) },
		"its message is empty":              func(c *concentrator) { c.send(255, 250, 255, 240) },
		"its message is too long":           func(c *concentrator) { c.send(append([]byte{255, 250}, make([]byte, maxSubnegotiation+1)...)...) },
	} {
		t.Run(what, func(t *testing.T) {
			uri, next := listen(t)
			line, _ := machine(t, uri)
			first := next()
			answer(first)
			first.gone()
			if line.State().Connected {
				t.Error("the line counts as connected")
			}
			next().accept() // it is dialled again
			await(t, "the second connection", func() bool { return line.State().Connected })
		})
	}
}

func TestWrongURIsAreRefused(t *testing.T) {
	for _, uri := range []string{"", "h:1", "tcp://h:1", "telnet://h", "telnet://:1", "telnet://u:p@h:1", "telnet://h:1/path", "telnet://h:1?x=y",
		"telnet://h:1#nonsense", "telnet://h:1#thumbprint=aa", "telnets://h:1#verify", "telnet://h:port"} {
		if _, err := NewLine(Config{ProxyURI: uri, ServiceURI: "x"}); err == nil {
			t.Errorf("%q is taken", uri)
		}
	}
	for _, uri := range []string{"telnet://h:1", "telnets://[::1]:1", "telnets://h:1/#thumbprint=AA:BB"} {
		if _, err := ParseProxy(uri); err != nil {
			t.Errorf("%q: %v", uri, err)
		}
	}
}

// everyByte is each byte after each, so that every escape meets every neighbour.
func everyByte() (all []byte) {
	for a := range 256 {
		for b := range 256 {
			all = append(all, byte(a), byte(b))
		}
	}
	return all
}

func TestEveryByteGoesBothWays(t *testing.T) {
	uri, next := listen(t)
	_, port := machine(t, uri)
	proxy := next()
	proxy.accept()
	all := everyByte()
	wire := bytes.ReplaceAll(all, []byte{255}, []byte{255, 255})
	proxy.send(wire[:1000]...) // directly behind WILL-PROXY
	go proxy.send(wire[1000:]...)
	got := make([]byte, len(all))
	if _, err := io.ReadFull(port, got); err != nil || !bytes.Equal(got, all) {
		t.Fatalf("the machine got something else (%v)", err)
	}
	go func() { _, _ = port.Write(all) }()
	proxy.expect("what the machine sent", wire...)
}

func TestWithoutBinaryLineEndsAreTelnets(t *testing.T) {
	uri, next := listen(t)
	_, port := machine(t, uri)
	proxy := next()
	proxy.expect("the opening", 255, 251, 232, 255, 251, 0, 255, 253, 0, 255, 251, 3, 255, 253, 3)
	proxy.send(255, 253, 232, 255, 254, 0, 255, 252, 0)
	proxy.expect("KNOWN-SUBOPTIONS-1", 255, 250, 232, 0)
	proxy.send(text(255, 250, 232, 1, 70, 255, 240, 255, 250, 232, 71, 255, 240, "a\r\x00b\r\nc\x00")...)
	want := []byte("a\rb\r\nc\x00")
	got := make([]byte, len(want))
	if _, err := io.ReadFull(port, got); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("the machine got %q (%v)", got, err)
	}
	proxy.expect("the rest of the greeting", text(slices.Collect(slices.Values(known)), 255, 240, 255, 250, 232, 70, "Cvic.dev/abc", 255, 240)...)
	go func() { _, _ = port.Write([]byte("x\ry\r\n")) }()
	proxy.expect("what the machine sent", []byte("x\r\x00y\r\n")...)
}

func TestTheMachineSaysWhoItIsWhenAsked(t *testing.T) {
	uri, next := listen(t)
	machine(t, uri)
	proxy := next()
	proxy.accept()
	proxy.send(255, 250, 232, 81, 255, 240, 255, 250, 232, 83, 255, 240, 255, 250, 232, 85, 255, 240, 255, 250, 232, 99, 255, 240)
	proxy.expect("VM-VC-UUID", text(255, 250, 232, 80, "00 11 22 33 44 55 66 77-88 99 aa bb cc dd ee ff", 255, 240)...)
	proxy.expect("VM-NAME", text(255, 250, 232, 82, "web-1", 255, 240)...)
	proxy.expect("VM-BIOS-UUID", text(255, 250, 232, 84, "42 12 a6 b0 7a 36 5b 3c-8d 1e 01 23 45 67 89 ab", 255, 240)...)
	proxy.expect("UNKNOWN-SUBOPTION-RCVD-1", 255, 250, 232, 2, 99, 255, 240)
}

func TestWhatIsOfferedComesBeforeAllElseThoughTheProxyIsFaster(t *testing.T) {
	uri, next := listen(t)
	for range 20 {
		line, port := machine(t, uri)
		proxy := next()
		proxy.send(text(255, 253, 232, 255, 253, 0, 255, 251, 0, 255, 253, 3, 255, 251, 3,
			255, 250, 232, 1, 70, 71, 255, 240, 255, 250, 232, 71, 255, 240)...)
		await(t, "the connection", func() bool { return line.State().Connected })
		go func() { _, _ = port.Write([]byte("\r")) }()
		proxy.expect("the opening", 255, 251, 232, 255, 251, 0, 255, 253, 0, 255, 251, 3, 255, 253, 3)
		proxy.expect("KNOWN-SUBOPTIONS-1", text(255, 250, 232, 0, known, 255, 240)...)
		proxy.expect("DO-PROXY", text(255, 250, 232, 70, "Cvic.dev/abc", 255, 240)...)
		proxy.expect("what the machine sent", '\r')
		line.Close()
	}
}

func TestOptionsAreAnsweredOnceAndOnlyWhereTheyChangeSomething(t *testing.T) {
	uri, next := listen(t)
	machine(t, uri)
	proxy := next()
	proxy.accept()
	proxy.send(255, 253, 0, 255, 251, 3, 255, 251, 1, 255, 253, 1, 255, 253, 34, 255, 252, 99, 255, 254, 0)
	proxy.expect("DO ECHO, WONT ECHO, WONT LINEMODE, WONT BINARY", 255, 253, 1, 255, 252, 1, 255, 252, 34, 255, 252, 0)
	proxy.send(255, 250, 232, 83, 255, 240)
	proxy.expect("nothing in between", text(255, 250, 232, 82, "web-1", 255, 240)...)
}

func TestWhatIsSentWhileNobodyListensIsLostAndNothingElse(t *testing.T) {
	uri, next := listen(t)
	line, port := machine(t, uri)
	proxy := next()
	if _, err := port.Write([]byte("too early")); err != nil { // it doesn't hold up the machine
		t.Fatal(err)
	}
	proxy.accept()
	await(t, "the connection", func() bool { return line.State().Connected })
	_, _ = port.Write([]byte("one"))
	proxy.expect("what was sent", []byte("one")...)
	line.Cut(0)
	await(t, "the cut", func() bool { return !line.State().Connected })
	_, _ = port.Write([]byte("lost"))
	again := next()
	again.accept()
	await(t, "the connection", func() bool { return line.State().Connected })
	_, _ = port.Write([]byte("two"))
	again.expect("what was sent", []byte("two")...)
}

func TestASlowProxyHoldsUpTheMachineAndLosesNothing(t *testing.T) {
	uri, next := listen(t)
	line, port := machine(t, uri)
	proxy := next()
	proxy.accept()
	await(t, "the connection", func() bool { return line.State().Connected })
	all := bytes.Repeat(everyByte(), 128) // 16 MiB: more than sockets hold
	written := make(chan struct{})
	go func() { _, _ = port.Write(all); close(written) }()
	line.mu.Lock()
	current := line.current
	line.mu.Unlock()
	await(t, "the sender to be held up", func() bool {
		if current.writing.TryLock() {
			current.writing.Unlock()
			return false
		}
		return true
	})
	select {
	case <-written:
		t.Error("all was taken though nobody read")
	default:
	}
	proxy.expect("all of it", bytes.ReplaceAll(all, []byte{255}, []byte{255, 255})...)
}

func TestALineMayBeToldNotToRedial(t *testing.T) {
	uri, next := listen(t)
	line, port := machine(t, uri, func(c *Config) { c.NoRedial = true })
	proxy := next()
	proxy.accept()
	await(t, "the connection", func() bool { return line.State().Connected })
	proxy.conn.Close()
	port.Close()
	settled := make(chan struct{})
	go func() { line.done.Wait(); close(settled) }()
	select {
	case <-settled:
	case <-time.After(patience):
		t.Fatal("the line still tries")
	}
	if s := line.State(); s.Connected || s.Dials != 1 {
		t.Errorf("%+v", s)
	}
}

func TestHangingUpEndsEverythingAtOnce(t *testing.T) {
	uri, next := listen(t)
	line, port := machine(t, uri)
	proxy := next()
	proxy.accept()
	go func() { _, _ = port.Write(make([]byte, 32<<20)) }() // the proxy doesn't read
	line.Close()
	proxy.gone()
	if _, err := port.Write([]byte("x")); err == nil {
		t.Error("the machine's port is still open")
	}
	lone, err := NewLine(Config{ProxyURI: "telnet://127.0.0.1:1", ServiceURI: "x"})
	if err != nil {
		t.Fatal(err)
	}
	_, theirs := net.Pipe()
	lone.Plug(theirs)
	lone.Dial() // nobody is there
	lone.Close()
}

func TestAnotherMachinesPortMayTakeTheFormersPlace(t *testing.T) {
	uri, next := listen(t)
	line, _ := machine(t, uri)
	proxy := next()
	proxy.accept()
	await(t, "the connection", func() bool { return line.State().Connected })
	ours, theirs := net.Pipe()
	defer ours.Close()
	line.Plug(theirs) // a reset: the connection stays
	go func() { _, _ = ours.Write([]byte("anew")) }()
	proxy.expect("the new run's bytes", []byte("anew")...)
}
