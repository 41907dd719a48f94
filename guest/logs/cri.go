// Package logs writes a container's output to the serial port whose file backing is its log,
// in the format of a kubelet's CRI log.
package logs

import (
	"bufio"
	"encoding/json"
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

// Options are what a log knows of its run.
type Options struct {
	Run      int
	Taken    int64     // bytes that former runs have written
	MaxBytes int64     // over all runs; 0: no bound
	Copy     io.Writer // gets what this run writes, as it is written
}

// Log interleaves streams line by line on one writer.
type Log struct {
	out     io.Writer
	options Options
	now     func() time.Time

	mu        sync.Mutex
	last      time.Time
	taken     int64
	truncated bool
}

// New makes a log on a writer that takes each line in one Write.
func New(out io.Writer, options Options) *Log {
	if options.Copy == nil {
		options.Copy = io.Discard
	}
	return &Log{out: out, options: options, taken: options.Taken, now: time.Now}
}

// Begin writes the run's first line.
func (l *Log) Begin() error {
	return l.own(map[string]any{"run": l.options.Run})
}

// Break ends the line in which a former run may have been cut off; behind a whole one it leaves an empty line, which is none.
func (l *Log) Break() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.out.Write([]byte{'\n'})
	l.taken += int64(n)
	return err
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

// Line writes one whole line of the guest's own, whatever the log's bound.
func (l *Log) Line(content []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.write(l.format(Guest, append(content[:len(content):len(content)], '\n')))
}

// Bytes are what the log has taken, over all runs.
func (l *Log) Bytes() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.taken
}

func (l *Log) own(content any) error {
	line, err := json.Marshal(content)
	if err != nil {
		return err
	}
	return l.Line(line)
}

// line writes a line of the process's, unless the log is full, which it then says once.
func (l *Log) line(stream string, content []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.truncated {
		return nil
	}
	line := l.format(stream, content)
	if l.options.MaxBytes > 0 && l.taken+int64(len(line)) > l.options.MaxBytes {
		l.truncated = true
		words, err := json.Marshal(struct {
			Run       int  `json:"run"`
			Truncated bool `json:"truncated"`
		}{l.options.Run, true})
		if err != nil {
			return err
		}
		line = l.format(Guest, append(words, '\n'))
	}
	return l.write(line)
}

// format makes a line, whose time is never before the former's, though clocks may be set back.
func (l *Log) format(stream string, content []byte) []byte {
	if now := l.now(); now.UnixNano() > l.last.UnixNano() || l.last.IsZero() {
		l.last = now
	}
	tag := " F "
	if content[len(content)-1] != '\n' {
		tag = " P "
	}
	line := make([]byte, 0, len(content)+64)
	line = append(line, report.Timestamp(l.last)...)
	line = append(line, ' ')
	line = append(line, stream...)
	line = append(line, tag...)
	line = append(line, content...)
	if tag == " P " {
		line = append(line, '\n')
	}
	return line
}

func (l *Log) write(line []byte) error {
	_, _ = l.options.Copy.Write(line)
	n, err := l.out.Write(line)
	l.taken += int64(n)
	return err
}
