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
	quickPause    = time.Second      // after something has come
	slowPause     = 30 * time.Second // while nothing does
	deadSilence   = 60 * time.Second
	keepAliveSize = 256 // bytes that an answer comes to, at most
)

// hearing is a connection that knows how much has come.
type hearing struct {
	net.Conn
	bytes atomic.Int64
}

func (h *hearing) Read(p []byte) (int, error) {
	n, err := h.Conn.Read(p)
	h.bytes.Add(int64(n))
	return n, err
}

// keepAlive asks a console that has fallen silent whether it is there, and closes the connection when neither an answer
// comes nor anything else: an answer may have to wait long behind input that goes slowly over a line. It asks soon, for
// what it sends also wakes a serial port that has fallen asleep amid input.
func keepAlive(ctx context.Context, console ssh.Conn, heard *hearing) {
	answers := make(chan struct{}, 1)
	pause, silence, asked := quickPause, time.Duration(0), false
	for silence < deadSilence {
		before := heard.bytes.Load()
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		select {
		case <-answers:
			asked = false
		default:
		}
		came := heard.bytes.Load() - before
		switch {
		case came > 0:
			silence = 0
		case asked:
			silence += pause
		}
		switch {
		case came > keepAliveSize:
			pause = quickPause
		case !asked:
			asked = true
			pause = min(2*pause, slowPause)
			go func() {
				if _, _, err := console.SendRequest("keepalive@openssh.com", true, nil); err == nil {
					answers <- struct{}{}
				}
			}()
		}
	}
	log.Print("link: the console doesn't answer")
	console.Close()
}
