package line

import (
	"io"
	"log"
	"net"
	"sync"
)

// Line is a port on which a console may begin anew at any time.
type Line struct {
	port  io.ReadWriter
	serve func(net.Conn)

	writing sync.Mutex
	current *conn // guarded by writing; only its bytes may go out
}

// New makes a line of a port. serve is called in its own goroutine with each connection, once its first byte has come.
func New(port io.ReadWriter, serve func(net.Conn)) *Line {
	return &Line{port: port, serve: serve}
}

// Run reads the port until that fails.
func (l *Line) Run() error {
	var scanner syncScanner
	buffer := make([]byte, 4096)
	for {
		n, err := l.port.Read(buffer)
		l.take(&scanner, buffer[:n])
		if err != nil {
			l.begin(nil)
			return err
		}
	}
}

// take gives what has come to the connection it belongs to; all before the first sync line belongs to none.
func (l *Line) take(scanner *syncScanner, p []byte) {
	for {
		end := scanner.find(p)
		if end < 0 {
			break
		}
		p = p[end:]
		l.begin(scanner.answer())
	}
	if l.current != nil { // only this goroutine replaces it
		l.current.receive(p)
	}
}

// begin ends the present connection and, given the answer to a sync line, starts the next.
func (l *Line) begin(answer []byte) {
	if l.current != nil {
		_ = l.current.Close()
	}
	l.writing.Lock() // waits for what is on its way already
	defer l.writing.Unlock()
	l.current = nil
	if answer == nil {
		return
	}
	if _, err := l.port.Write(answer); err != nil {
		log.Printf("line: %v", err)
		return
	}
	var c *conn
	c = newConn(func(p []byte) (int, error) { return l.send(c, p) })
	l.current = c
	go func() {
		if c.awaitByte() {
			l.serve(c)
		}
		_ = c.Close()
	}()
}

// send writes for the present connection; one that was ended meanwhile has nothing to say any more.
func (l *Line) send(c *conn, p []byte) (int, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	if l.current != c {
		return 0, net.ErrClosed
	}
	return l.port.Write(p)
}
