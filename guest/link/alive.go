package link

import (
	"context"
	"log"
	"net"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

const (
	aliveInterval = 10 * time.Second
	maxSilences   = 6 // intervals
)

// hearing is a connection that knows whether anything came.
type hearing struct {
	net.Conn
	reads atomic.Int64
}

func (h *hearing) Read(p []byte) (int, error) {
	n, err := h.Conn.Read(p)
	h.reads.Add(1)
	return n, err
}

// keepAlive closes a connection whose console neither answers nor says anything else: an answer may have to wait long
// behind input that goes slowly over a line.
func keepAlive(ctx context.Context, console ssh.Conn, heard *hearing) {
	ticker := time.NewTicker(aliveInterval)
	defer ticker.Stop()
	for silences := 0; silences < maxSilences; silences++ {
		before := heard.reads.Load()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if heard.reads.Load() != before {
			silences = -1
			continue
		}
		if silences == 0 {
			go func() { _, _, _ = console.SendRequest("keepalive@openssh.com", true, nil) }()
		}
	}
	log.Print("link: the console doesn't answer")
	console.Close()
}
