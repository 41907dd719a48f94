package streams

import (
	"io"
	"time"
)

const (
	// lingering is how long more output is awaited after an exec's end.
	lingering = 200 * time.Millisecond
	// maxLeft is what an exec may have left behind in its output: the largest pipe that an unprivileged process can have
	// (Linux: pipe(7), pipe-max-size).
	maxLeft = 1 << 20
)

// forward copies an exec's output to a console, and on to nowhere once nobody is there. It returns when the output has
// ended, or, after the process's end, when all that the process can have left has come: something that it started may
// hold its output open for ever. What that says goes nowhere.
func forward(to io.Writer, from io.ReadCloser, ended <-chan struct{}) {
	stopped := make(chan struct{})
	defer close(stopped)
	chunks := readChunks(from, stopped)
	var late <-chan time.Time
	left := maxLeft
	for {
		select {
		case chunk, ok := <-chunks:
			if !ok {
				return
			}
			if _, err := to.Write(chunk); err != nil {
				to = io.Discard
			}
			if late == nil {
				break
			}
			late = time.After(lingering)
			if left -= len(chunk); left <= 0 {
				return
			}
		case <-ended:
			ended, late = nil, time.After(lingering)
		case <-late:
			return
		}
	}
}

// readChunks reads an output to its end and closes it, whether anybody takes the chunks or has stopped to.
func readChunks(from io.ReadCloser, stopped <-chan struct{}) <-chan []byte {
	chunks := make(chan []byte)
	go func() {
		defer close(chunks)
		defer from.Close()
		for {
			chunk := make([]byte, maxChunk)
			n, err := from.Read(chunk)
			if n > 0 {
				select {
				case chunks <- chunk[:n]:
				case <-stopped:
				}
			}
			if err != nil {
				return
			}
		}
	}()
	return chunks
}
