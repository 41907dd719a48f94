package registry

import (
	"net/http"
	"time"
)

// corruptFrom is the offset of the first changed byte: behind the magic of a
// compressed blob, so that only its content tells.
const corruptFrom = 64

// spoiledBody does to a body what a Fault says.
type spoiledBody struct {
	http.ResponseWriter
	request *http.Request
	fault   *Fault
	written int
}

func (s *spoiledBody) Write(p []byte) (int, error) {
	if s.fault.BytesPerSecond == 0 {
		return s.piece(p)
	}
	// Ten pieces a second.
	size := max(s.fault.BytesPerSecond/10, 1)
	written := 0
	for written < len(p) {
		n, err := s.piece(p[written:min(written+size, len(p))])
		written += n
		if err != nil {
			return written, err
		}
		_ = http.NewResponseController(s.ResponseWriter).Flush()
		if !pause(s.request, 100*time.Millisecond) {
			return written, s.request.Context().Err()
		}
	}
	return written, nil
}

func (s *spoiledBody) piece(p []byte) (int, error) {
	if cut := s.fault.CutAfterBytes; cut > 0 && s.written+len(p) > cut {
		_, _ = s.ResponseWriter.Write(p[:max(cut-s.written, 0)])
		_ = http.NewResponseController(s.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	if s.fault.Corrupt {
		p = s.corrupted(p)
	}
	n, err := s.ResponseWriter.Write(p)
	s.written += n
	return n, err
}

func (s *spoiledBody) corrupted(p []byte) []byte {
	at := corruptFrom - s.written
	if at < 0 || at >= len(p) {
		return p
	}
	changed := append([]byte(nil), p...)
	changed[at] ^= 0xff
	return changed
}

// Unwrap lets http.ResponseController reach the connection.
func (s *spoiledBody) Unwrap() http.ResponseWriter { return s.ResponseWriter }
