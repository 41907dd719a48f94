package l2switch

import (
	"encoding/binary"
	"io"
	"net"
	"testing"
)

var broadcast = Address{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

func mac(n byte) Address { return Address{0, 0x50, 0x56, 0, 0, n} }

func ethernet(to, from Address, payload string) []byte {
	frame := append(append([]byte{}, to[:]...), from[:]...)
	return append(append(frame, 0x08, 0x00), payload...)
}

// listener is a port that keeps what it hears.
type listener struct {
	*Port
	heard []string
}

func plug(s *Switch) *listener {
	l := &listener{}
	l.Port = s.Plug(func(frame []byte) { l.heard = append(l.heard, string(frame[14:])) })
	return l
}

func TestFramesThatAreNoneAreDropped(t *testing.T) {
	s := New()
	a, b := plug(s), plug(s)
	a.Send(nil)
	a.Send(make([]byte, 13))
	a.Send(make([]byte, MaxFrame+1))
	if len(b.heard) != 0 {
		t.Errorf("heard %d frames", len(b.heard))
	}
}

func TestAFrameGoesWhereItsAddressWasSeen(t *testing.T) {
	s := New()
	a, b, c := plug(s), plug(s), plug(s)
	a.Send(ethernet(broadcast, mac(1), "who is there"))
	b.Send(ethernet(mac(1), mac(2), "I am"))
	a.Send(ethernet(mac(2), mac(1), "for b"))
	a.Send(ethernet(mac(9), mac(1), "for somebody unknown"))
	a.Send(ethernet(mac(1), mac(1), "for itself"))
	if got := len(a.heard); got != 1 {
		t.Errorf("a heard %q", a.heard)
	}
	if got := len(b.heard); got != 3 {
		t.Errorf("b heard %q", b.heard)
	}
	if got := len(c.heard); got != 2 {
		t.Errorf("c heard %q", c.heard)
	}
}

func TestAnUnpluggedPortNeitherHearsNorSpeaks(t *testing.T) {
	s := New()
	a, b := plug(s), plug(s)
	b.Send(ethernet(broadcast, mac(2), "here"))
	b.Unplug()
	b.Send(ethernet(broadcast, mac(2), "still here"))
	a.Send(ethernet(mac(2), mac(1), "are you?"))
	if len(a.heard) != 1 || len(b.heard) != 0 {
		t.Errorf("a heard %q, b heard %q", a.heard, b.heard)
	}
	c := plug(s) // the address moves with the machine
	c.Send(ethernet(broadcast, mac(2), "over here"))
	a.Send(ethernet(mac(2), mac(1), "found"))
	if len(c.heard) != 1 {
		t.Errorf("c heard %q", c.heard)
	}
}

func TestAPortCannotFillTheTable(t *testing.T) {
	s := New()
	a := plug(s)
	for n := range 10 * maxAddresses {
		a.Send(ethernet(broadcast, Address{2, 0, 0, 0, byte(n >> 8), byte(n)}, ""))
	}
	a.Send(ethernet(broadcast, broadcast, "a group's address is nobody's"))
	if len(s.table) != maxAddresses {
		t.Errorf("the table has %d addresses", len(s.table))
	}
	a.Unplug()
	if len(s.table) != 0 {
		t.Errorf("%d addresses stay behind", len(s.table))
	}
}

func TestACableCarriesFramesUntilTheGuestBreaksIt(t *testing.T) {
	s := New()
	heard := make(chan string, 1)
	other := s.Plug(func(frame []byte) { heard <- string(frame[14:]) })
	guest, host := net.Pipe()
	cable := NewCable(host)
	cable.Plug(s)
	send := func(frame []byte) {
		t.Helper()
		if _, err := guest.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(frame))), frame...)); err != nil {
			t.Fatal(err)
		}
	}
	send(ethernet(broadcast, mac(1), "out"))
	if got := <-heard; got != "out" {
		t.Errorf("heard %q", got)
	}
	other.Send(ethernet(mac(1), mac(2), "in"))
	back := make([]byte, 4+14+2)
	if _, err := io.ReadFull(guest, back); err != nil || string(back[18:]) != "in" {
		t.Errorf("the guest heard %q (%v)", back, err)
	}
	if _, err := guest.Write([]byte{0xff, 0xff, 0xff, 0xff}); err != nil { // a length out of bounds
		t.Fatal(err)
	}
	if _, err := guest.Read(back); err != io.EOF {
		t.Errorf("the cable of a guest that breaks the protocol stays: %v", err)
	}
	cable.Plug(s)
	if len(s.ports) != 1 {
		t.Errorf("the switch has %d ports", len(s.ports))
	}
}
