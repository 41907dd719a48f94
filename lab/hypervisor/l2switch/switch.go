// Package l2switch is an Ethernet switch in a process: one per port group, so
// that what is plugged into one never hears another.
package l2switch

import (
	"sync"
)

// MaxFrame bounds an Ethernet frame, in bytes: the largest MTU of vmxnet3 and
// its headers, and segments that a guest's offload left whole.
const MaxFrame = 64 << 10

// maxAddresses bounds what is learnt from one port; a port that sends from
// more addresses only has its frames flooded.
const maxAddresses = 64

// Address is a MAC address.
type Address [6]byte

// Receiver takes a frame that leaves the switch through its port. It must not
// block nor keep the slice.
type Receiver func(frame []byte)

// Switch forwards frames between its ports. The zero value is not usable.
type Switch struct {
	mu    sync.RWMutex
	ports map[*Port]struct{}
	table map[Address]*Port
}

// New makes a switch without ports.
func New() *Switch {
	return &Switch{ports: map[*Port]struct{}{}, table: map[Address]*Port{}}
}

// Port is one socket of a switch.
type Port struct {
	home    *Switch
	receive Receiver
	learnt  map[Address]struct{}
}

// Plug adds a port whose frames go to receive.
func (s *Switch) Plug(receive Receiver) *Port {
	p := &Port{home: s, receive: receive, learnt: map[Address]struct{}{}}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ports[p] = struct{}{}
	return p
}

// Unplug takes the port out; frames sent to it afterwards are dropped.
func (p *Port) Unplug() {
	s := p.home
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.ports, p)
	for address := range p.learnt {
		if s.table[address] == p {
			delete(s.table, address)
		}
	}
}

// Send is a frame entering the switch through this port.
func (p *Port) Send(frame []byte) {
	if len(frame) < 14 || len(frame) > MaxFrame {
		return
	}
	destination, source := Address(frame[:6]), Address(frame[6:12])
	s := p.home
	s.mu.RLock()
	_, plugged := s.ports[p]
	known := s.table[source] == p
	to := s.table[destination]
	if plugged && to != nil && to != p {
		to.receive(frame)
	} else if plugged && to == nil {
		for other := range s.ports {
			if other != p {
				other.receive(frame)
			}
		}
	}
	s.mu.RUnlock()
	if plugged && !known {
		p.learn(source)
	}
}

// learn notes that address is behind p. Group addresses are never a source.
func (p *Port) learn(address Address) {
	if address[0]&1 != 0 {
		return
	}
	s := p.home
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, plugged := s.ports[p]; !plugged || len(p.learnt) >= maxAddresses {
		return
	}
	s.table[address] = p
	p.learnt[address] = struct{}{}
}
