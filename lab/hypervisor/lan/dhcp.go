package lan

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
	"gvisor.dev/gvisor/pkg/waiter"
)

const leaseTime = time.Hour

// leases gives each MAC address an IP address and keeps it for it. When all are
// given out, the one that was asked for longest ago is taken away.
type leases struct {
	mu          sync.Mutex
	first, last uint32
	byMAC       map[string]*lease
	taken       map[uint32]string
}

type lease struct {
	address uint32
	asked   time.Time
}

func newLeases(subnet netip.Prefix) *leases {
	base := subnet.Addr().As4()
	network := binary.BigEndian.Uint32(base[:])
	size := uint32(1) << (32 - subnet.Bits())
	first := network + 10
	if size < 32 {
		first = network + 2
	}
	return &leases{first: first, last: network + size - 2, byMAC: map[string]*lease{}, taken: map[uint32]string{}}
}

func (s *leases) assign(mac string, now time.Time) netip.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.byMAC[mac]
	if known == nil {
		known = &lease{address: s.free()}
		s.byMAC[mac], s.taken[known.address] = known, mac
	}
	known.asked = now
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, known.address)))
}

func (s *leases) free() uint32 {
	for address := s.first; address <= s.last; address++ {
		if _, taken := s.taken[address]; !taken {
			return address
		}
	}
	var oldest string
	for mac, l := range s.byMAC {
		if oldest == "" || l.asked.Before(s.byMAC[oldest].asked) {
			oldest = mac
		}
	}
	address := s.byMAC[oldest].address
	delete(s.byMAC, oldest)
	return address
}

// serveDHCP answers on port 67 of the gateway.
func (l *LAN) serveDHCP(ctx context.Context) error {
	var queue waiter.Queue
	endpoint, failure := l.stack.NewEndpoint(udp.ProtocolNumber, ipv4.ProtocolNumber, &queue)
	if failure != nil {
		return &net.OpError{Op: "listen", Err: net.UnknownNetworkError(failure.String())}
	}
	endpoint.SocketOptions().SetBroadcast(true)
	if failure := endpoint.Bind(tcpip.FullAddress{NIC: nicID, Port: dhcpv4.ServerPort}); failure != nil {
		endpoint.Close()
		return &net.OpError{Op: "bind", Err: net.UnknownNetworkError(failure.String())}
	}
	conn := gonet.NewUDPConn(&queue, endpoint)
	context.AfterFunc(ctx, func() { conn.Close() })
	go func() {
		message := make([]byte, 2048)
		for {
			n, _, err := conn.ReadFrom(message)
			if err != nil {
				return
			}
			request, err := dhcpv4.FromBytes(message[:n])
			if err != nil {
				continue
			}
			if reply := l.answerDHCP(request); reply != nil {
				// Clients may have no address yet, so everybody gets the answer.
				_, _ = conn.WriteTo(reply.ToBytes(), &net.UDPAddr{IP: net.IPv4bcast, Port: dhcpv4.ClientPort})
			}
		}
	}()
	return nil
}

// answerDHCP decides on one request (RFC 2131, section 4.3); nil is silence.
func (l *LAN) answerDHCP(request *dhcpv4.DHCPv4) *dhcpv4.DHCPv4 {
	if request.OpCode != dhcpv4.OpcodeBootRequest || len(request.ClientHWAddr) != 6 {
		return nil
	}
	kind := dhcpv4.MessageTypeAck
	switch request.MessageType() {
	case dhcpv4.MessageTypeDiscover:
		kind = dhcpv4.MessageTypeOffer
	case dhcpv4.MessageTypeRequest:
		if server := request.ServerIdentifier(); server != nil && !server.Equal(l.gateway.AsSlice()) {
			return nil // the client took another server's offer
		}
	default:
		return nil
	}
	address := net.IP(l.leases.assign(request.ClientHWAddr.String(), time.Now()).AsSlice())
	wanted := request.RequestedIPAddress()
	if wanted == nil && !request.ClientIPAddr.IsUnspecified() {
		wanted = request.ClientIPAddr
	}
	gateway := net.IP(l.gateway.AsSlice())
	options := []dhcpv4.Modifier{
		dhcpv4.WithServerIP(gateway), dhcpv4.WithOption(dhcpv4.OptServerIdentifier(gateway)),
	}
	if kind == dhcpv4.MessageTypeAck && wanted != nil && !wanted.Equal(address) {
		options = append(options, dhcpv4.WithMessageType(dhcpv4.MessageTypeNak))
	} else {
		options = append(options, dhcpv4.WithMessageType(kind), dhcpv4.WithYourIP(address),
			dhcpv4.WithNetmask(net.CIDRMask(l.config.Subnet.Bits(), 32)), dhcpv4.WithRouter(gateway),
			dhcpv4.WithDNS(gateway), dhcpv4.WithLeaseTime(uint32(leaseTime.Seconds())))
	}
	reply, err := dhcpv4.NewReplyFromRequest(request, options...)
	if err != nil {
		return nil
	}
	return reply
}
