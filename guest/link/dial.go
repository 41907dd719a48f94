package link

import (
	"context"
	"log"
	"math/rand/v2"
	"net"
	"time"
)

const (
	dialPatience = 10 * time.Second
	minWait      = 200 * time.Millisecond
	maxWait      = 10 * time.Second
)

// Keep dials the console for as long as the guest runs, and serves it whenever it is there.
func (s *Server) Keep(ctx context.Context, address, id string) {
	wait := minWait
	for ctx.Err() == nil {
		if err := s.dial(ctx, address, id); err != nil {
			log.Printf("link: %v", err)
		} else {
			wait = minWait // the console was there
		}
		// Jitter, so that a console that comes back is not met by all its guests at once.
		select {
		case <-ctx.Done():
		case <-time.After(wait/2 + rand.N(wait/2)):
		}
		wait = min(2*wait, maxWait)
	}
}

func (s *Server) dial(ctx context.Context, address, id string) error {
	dialer := net.Dialer{
		Timeout:         dialPatience,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 4},
	}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := hello(conn, id); err != nil {
		return err
	}
	return s.Serve(conn)
}
