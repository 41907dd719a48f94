package installation

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// balance passes connections on, to one address after the other, and past those
// where nobody listens: what a Service of Kubernetes does for several consoles.
// It ends with its listener.
func balance(listener net.Listener, addresses []string) {
	var turn atomic.Uint64
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			first := turn.Add(1)
			for i := range addresses {
				to, err := net.Dial("tcp", addresses[(int(first)+i)%len(addresses)])
				if err != nil {
					continue
				}
				defer to.Close()
				join(conn, to)
				return
			}
		}()
	}
}

// join carries bytes both ways until both ends have said all. An end that broke
// breaks the other: a proxy that dies isn't one that says goodbye.
func join(a, b net.Conn) {
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{a, b}, {b, a}} {
		both.Go(func() {
			if _, err := io.Copy(way[1], way[0]); err != nil {
				a.Close()
				b.Close()
				return
			}
			_ = way[1].(*net.TCPConn).CloseWrite()
		})
	}
	both.Wait()
}
