// Package lan stands for the world around a port group: a network stack of its
// own, plugged into the port group's switch, with a gateway address, DHCP, DNS,
// and a way to and from this host's loopback. It needs no privileges.
package lan

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/link/ethernet"
	"gvisor.dev/gvisor/pkg/tcpip/network/arp"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"

	"github.com/vic-operator/vic-operator/lab/hypervisor/l2switch"
)

// Config describes a LAN.
type Config struct {
	// Subnet is an IPv4 network, /16 to /29. Its first address is the gateway,
	// the others are given out by DHCP, from the tenth on (or the second, in a
	// small one).
	Subnet netip.Prefix
	// Names answers DNS questions, by name without the last dot. The gateway is
	// "gateway.lab" always; every other name doesn't exist.
	Names map[string]netip.Addr
	// Allow says which of this host's loopback ports guests may reach through
	// the gateway's address. nil allows all.
	Allow func(port uint16) bool
}

const (
	nicID     = 1
	mtu       = 1500
	queueSize = 1024
)

// gatewayMAC is the gateway's; 02 marks it as locally administered.
const gatewayMAC = tcpip.LinkAddress("\x02\x00\x00\x00\x00\x01")

// LAN is a running one.
type LAN struct {
	config  Config
	gateway netip.Addr
	stack   *stack.Stack
	link    *channel.Endpoint
	port    *l2switch.Port
	cancel  context.CancelFunc
	leases  *leases
}

// Start plugs a LAN into a switch.
func Start(config Config, into *l2switch.Switch) (*LAN, error) {
	subnet := config.Subnet.Masked()
	if !subnet.Addr().Is4() || subnet.Bits() < 16 || subnet.Bits() > 29 {
		return nil, fmt.Errorf("subnet %v is not an IPv4 network from /16 to /29", config.Subnet)
	}
	config.Subnet = subnet
	l := &LAN{config: config, gateway: subnet.Addr().Next(), leases: newLeases(subnet)}
	l.stack = stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, arp.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol, udp.NewProtocol, icmp.NewProtocol4},
	})
	l.link = channel.New(queueSize, mtu, gatewayMAC)
	if err := l.configure(); err != nil {
		l.stack.Destroy()
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	l.port = into.Plug(l.receive)
	go l.transmit(ctx)
	if err := l.serve(ctx); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// serve starts what the gateway offers. Exact listeners go before forwarders.
func (l *LAN) serve(ctx context.Context) error {
	l.forward(ctx)
	return errors.Join(l.serveDHCP(ctx), l.serveDNS(ctx))
}

// configure gives the stack its NIC, address and route.
func (l *LAN) configure() error {
	if err := l.stack.CreateNIC(nicID, ethernet.New(l.link)); err != nil {
		return fmt.Errorf("network card: %s", err)
	}
	address := tcpip.ProtocolAddress{Protocol: ipv4.ProtocolNumber, AddressWithPrefix: tcpip.AddressWithPrefix{
		Address: tcpip.AddrFrom4(l.gateway.As4()), PrefixLen: l.config.Subnet.Bits()}}
	if err := l.stack.AddProtocolAddress(nicID, address, stack.AddressProperties{}); err != nil {
		return fmt.Errorf("address: %s", err)
	}
	l.stack.SetRouteTable([]tcpip.Route{{Destination: header.IPv4EmptySubnet, NIC: nicID}})
	sack := tcpip.TCPSACKEnabled(true)
	if err := l.stack.SetTransportProtocolOption(tcp.ProtocolNumber, &sack); err != nil {
		return fmt.Errorf("selective acknowledgement: %s", err)
	}
	return nil
}

// receive is a frame from the switch.
func (l *LAN) receive(frame []byte) {
	packet := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(frame)})
	l.link.InjectInbound(0, packet) // the ethernet endpoint reads the protocol itself
	packet.DecRef()
}

func (l *LAN) transmit(ctx context.Context) {
	for {
		packet := l.link.ReadContext(ctx)
		if packet == nil {
			return
		}
		view := packet.ToView()
		l.port.Send(view.AsSlice())
		view.Release()
		packet.DecRef()
	}
}

// Gateway is the address at which guests find this host.
func (l *LAN) Gateway() netip.Addr { return l.gateway }

// DialTCP opens a connection from the gateway's address to a guest.
func (l *LAN) DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	return gonet.DialContextTCP(ctx, l.stack, fullAddress(to), ipv4.ProtocolNumber)
}

// Close ends the LAN with all its connections.
func (l *LAN) Close() {
	l.port.Unplug()
	l.cancel()
	l.stack.Destroy()
	l.link.Close()
}

func fullAddress(a netip.AddrPort) tcpip.FullAddress {
	return tcpip.FullAddress{NIC: nicID, Addr: tcpip.AddrFrom4(a.Addr().Unmap().As4()), Port: a.Port()}
}
