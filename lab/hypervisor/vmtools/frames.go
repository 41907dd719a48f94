package vmtools

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"time"
)

const (
	// maxFrame bounds one message of either side, in bytes. A guestinfo value
	// is at most this big, too.
	maxFrame = 256 << 10
	// frameTimeout is how long the rest of a begun frame may take to arrive.
	frameTimeout = 10 * time.Second
	// quietTime without a byte makes the next byte the beginning of a frame
	// again, after a guest has sent something that is none.
	quietTime = 300 * time.Millisecond
)

// frames reads and writes messages led by their length, four bytes, big-endian.
type frames struct{ conn net.Conn }

// read returns the next whole frame. What isn't a frame is skipped: an agent
// that died while writing must not keep the next one from being heard.
func (f frames) read() ([]byte, error) {
	for {
		frame, err := f.tryRead()
		if err == nil {
			return frame, nil
		}
		if errors.Is(err, errNoFrame) {
			err = f.skip()
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, err
		}
	}
}

var errNoFrame = errors.New("not a frame")

func (f frames) tryRead() ([]byte, error) {
	var length [4]byte
	if err := f.conn.SetReadDeadline(time.Time{}); err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(f.conn, length[:1]); err != nil {
		return nil, err
	}
	if err := f.conn.SetReadDeadline(time.Now().Add(frameTimeout)); err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(f.conn, length[1:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > maxFrame {
		return nil, errNoFrame
	}
	frame := make([]byte, n)
	_, err := io.ReadFull(f.conn, frame)
	return frame, err
}

// skip drops bytes until none has come for quietTime.
func (f frames) skip() error {
	rest := make([]byte, 64<<10)
	for {
		if err := f.conn.SetReadDeadline(time.Now().Add(quietTime)); err != nil {
			return err
		}
		if _, err := f.conn.Read(rest); err != nil {
			return err
		}
	}
}

func (f frames) write(message []byte) error {
	frame := make([]byte, 4+len(message))
	binary.BigEndian.PutUint32(frame, uint32(len(message)))
	copy(frame[4:], message)
	_, err := f.conn.Write(frame)
	return err
}
