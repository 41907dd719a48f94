// Package logs writes a container's output to the serial port whose file backing is its log,
// in the format of a kubelet's CRI log.
package logs

import (
	"bufio"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/vic-operator/vic-operator/guest/report"
)

// maxContent is where Docker and the kubelet cut lines.
const maxContent = 16 * 1024

// The names of streams in a log. Guest is the guest's own.
const (
	Stdout = "stdout"
	Stderr = "stderr"
	Guest  = "vic"
)

// Log interleaves streams line by line on one writer.
type Log struct {
	mu  sync.Mutex
	out io.Writer
	now func() time.Time
}

// New makes a log on a writer that takes each line in one Write.
func New(out io.Writer) *Log {
	return &Log{out: out, now: time.Now}
}

// Copy writes all that a stream has until its end. A line without an end of its own (longer than
// 16 KiB, or the stream's last) is marked partial, so that a reader gets back the very same bytes.
func (l *Log) Copy(stream string, r io.Reader) error {
	lines := bufio.NewReaderSize(r, maxContent)
	for {
		content, err := lines.ReadSlice('\n')
		if len(content) > 0 {
			if werr := l.line(stream, content); werr != nil {
				// The process must not block on a log that cannot be written.
				_, err := io.Copy(io.Discard, lines)
				return errors.Join(werr, err)
			}
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// Line writes one whole line.
func (l *Log) Line(stream string, content []byte) error {
	return l.line(stream, append(content[:len(content):len(content)], '\n'))
}

func (l *Log) line(stream string, content []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	tag := " F "
	if content[len(content)-1] != '\n' {
		tag = " P "
	}
	line := make([]byte, 0, len(content)+64)
	line = append(line, report.Timestamp(l.now())...)
	line = append(line, ' ')
	line = append(line, stream...)
	line = append(line, tag...)
	line = append(line, content...)
	if tag == " P " {
		line = append(line, '\n')
	}
	_, err := l.out.Write(line)
	return err
}
