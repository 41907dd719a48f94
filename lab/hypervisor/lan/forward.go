package lan

import (
	"context"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
	"gvisor.dev/gvisor/pkg/waiter"
)

const (
	maxPending  = 256  // handshakes under way
	maxTCPFlows = 1024 // of all guests together
	dialTimeout = 10 * time.Second
	udpIdle     = 60 * time.Second
	maxUDPFlows = 256
)

// forward leads connections to the gateway's address to 127.0.0.1, same port.
func (l *LAN) forward(ctx context.Context) {
	connections := make(chan struct{}, maxTCPFlows)
	tcpForwarder := tcp.NewForwarder(l.stack, 0, maxPending, func(r *tcp.ForwarderRequest) { l.forwardTCP(ctx, r, connections) })
	l.stack.SetTransportProtocolHandler(tcp.ProtocolNumber, tcpForwarder.HandlePacket)
	flows := make(chan struct{}, maxUDPFlows)
	udpForwarder := udp.NewForwarder(l.stack, func(r *udp.ForwarderRequest) { l.forwardUDP(ctx, r, flows) })
	l.stack.SetTransportProtocolHandler(udp.ProtocolNumber, udpForwarder.HandlePacket)
}

func (l *LAN) allowed(id stack.TransportEndpointID) bool {
	return id.LocalAddress.As4() == l.gateway.As4() &&
		(l.config.Allow == nil || l.config.Allow(id.LocalPort))
}

// forwardTCP accepts a guest's connection once the host's side is open, so
// that a closed port looks closed.
func (l *LAN) forwardTCP(ctx context.Context, request *tcp.ForwarderRequest, flows chan struct{}) {
	if !l.allowed(request.ID()) {
		request.Complete(true)
		return
	}
	select {
	case flows <- struct{}{}:
		defer func() { <-flows }()
	default:
		request.Complete(true)
		return
	}
	dialer := net.Dialer{Timeout: dialTimeout}
	host, err := dialer.DialContext(ctx, "tcp4", loopback(request.ID().LocalPort))
	if err != nil {
		request.Complete(true)
		return
	}
	var queue waiter.Queue
	endpoint, failure := request.CreateEndpoint(&queue)
	request.Complete(failure != nil)
	if failure != nil {
		host.Close()
		return
	}
	endpoint.SocketOptions().SetKeepAlive(true)
	join(ctx, gonet.NewTCPConn(&queue, endpoint), host)
}

func (l *LAN) forwardUDP(ctx context.Context, request *udp.ForwarderRequest, flows chan struct{}) {
	if !l.allowed(request.ID()) {
		return
	}
	select {
	case flows <- struct{}{}:
	default:
		return
	}
	release := sync.OnceFunc(func() { <-flows })
	var queue waiter.Queue
	endpoint, failure := request.CreateEndpoint(&queue)
	if failure != nil {
		release()
		return
	}
	guestSide := gonet.NewUDPConn(&queue, endpoint)
	host, err := net.Dial("udp4", loopback(request.ID().LocalPort))
	if err != nil {
		guestSide.Close()
		release()
		return
	}
	go func() {
		defer release()
		join(ctx, idle{guestSide}, idle{host})
	}()
}

// idle is a connection that ends when nothing has come for udpIdle.
type idle struct{ net.Conn }

func (c idle) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(udpIdle)); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

// join copies both ways until both are done, passing on half-closes.
func join(ctx context.Context, a, b net.Conn) {
	stop := context.AfterFunc(ctx, func() { a.Close(); b.Close() })
	defer stop()
	defer a.Close()
	defer b.Close()
	var both sync.WaitGroup
	both.Go(func() { pour(a, b) })
	both.Go(func() { pour(b, a) })
	both.Wait()
}

func pour(to, from net.Conn) {
	_, err := io.Copy(to, from)
	if half, can := to.(interface{ CloseWrite() error }); can && err == nil {
		_ = half.CloseWrite()
		return
	}
	to.Close()
	from.Close()
}

func loopback(port uint16) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port)))
}
