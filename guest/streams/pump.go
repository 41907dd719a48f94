package streams

import (
	"context"
	"io"

	"github.com/vic-operator/vic-operator/guest/link"
)

// maxChunk keeps what is on its way through the line short, so that a keystroke's echo beside a flood of output waits
// for hundredths of a second.
const maxChunk = 4 << 10

// source is one stream on its way to a console.
type source struct {
	stream *Stream
	at     int64
	to     io.Writer
	done   bool
}

// pump copies streams to a console until the last has ended, or the reader is gone or too slow, and returns the
// command's status.
func pump(ctx context.Context, sources ...*source) uint32 {
	buffer := make([]byte, maxChunk)
	for {
		var waits [2]<-chan struct{}
		moved, open := false, false
		for i, s := range sources {
			if s.done {
				continue
			}
			v := s.stream.read(s.at, buffer)
			if v.behind {
				return link.StatusBehind
			}
			if v.n > 0 {
				if _, err := s.to.Write(buffer[:v.n]); err != nil {
					return link.StatusFailed // nobody is left to hear it
				}
				s.at += int64(v.n)
				moved = true
			}
			s.done = v.ended
			open = open || !s.done
			waits[i] = v.more
		}
		if !open {
			return link.StatusDone
		}
		if moved {
			continue
		}
		select {
		case <-waits[0]:
		case <-waits[1]:
		case <-ctx.Done():
			return link.StatusFailed
		}
	}
}
