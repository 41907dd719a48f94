// Package streams is what a console finds at a container's line: the process's streams, further processes in the
// container, signals and figures.
package streams

import "sync"

// held is how many of a stream's newest bytes are there for a console that comes late or reads slowly.
const held = 256 << 10

// Stream holds the newest bytes of an output. Writing never waits for a reader: what a slow one misses, the log has.
type Stream struct {
	mu      sync.Mutex
	ring    []byte // grows up to held, then the byte with number n stands at n%held
	total   int64
	ended   bool
	changed chan struct{} // closed by the next change; nil while nobody waits
}

func (s *Stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for rest := p; len(rest) > 0; {
		at := int(s.total % held)
		var n int
		if at == len(s.ring) {
			n = min(len(rest), held-at)
			s.ring = append(s.ring, rest[:n]...)
		} else {
			n = copy(s.ring[at:], rest)
		}
		s.total += int64(n)
		rest = rest[n:]
	}
	s.announce()
	return len(p), nil
}

// End says that no byte follows.
func (s *Stream) End() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	s.announce()
}

func (s *Stream) announce() {
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

// Start is where a reader begins who asked for an offset: it can't lie before what is held, nor in the future.
// Without an offset it is now.
func (s *Stream) Start(asked *int64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if asked == nil {
		return s.total
	}
	return min(max(*asked, s.oldest()), s.total)
}

func (s *Stream) oldest() int64 { return s.total - int64(len(s.ring)) }

// view is what a stream has for a reader at some offset.
type view struct {
	n      int             // bytes copied
	ended  bool            // and no byte will follow them
	behind bool            // the bytes at the offset aren't held any more
	more   <-chan struct{} // closed when there is more, where there is nothing now
}

// read copies what is held from an offset on.
func (s *Stream) read(at int64, p []byte) view {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at < s.oldest() {
		return view{behind: true}
	}
	n := 0
	for n < len(p) && at+int64(n) < s.total {
		from := int((at + int64(n)) % held)
		until := min(len(s.ring), from+int(s.total-at)-n)
		n += copy(p[n:], s.ring[from:until])
	}
	if n > 0 {
		return view{n: n, ended: s.ended && at+int64(n) == s.total}
	}
	if s.ended {
		return view{ended: true}
	}
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return view{more: s.changed}
}
