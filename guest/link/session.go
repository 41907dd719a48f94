package link

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/ssh"
)

// Statuses of commands that ended by themselves.
const (
	StatusDone   uint32 = 0
	StatusFailed uint32 = 1
	// StatusBehind says that the reader was too slow: the bytes that come next aren't held any more.
	StatusBehind uint32 = 3
)

// maxLine bounds a command's parameters: an exec may come with as much environment as Docker's clients send.
const maxLine = 1 << 20

// Size is a terminal's, in characters.
type Size struct {
	Width  uint16 `json:"width"`
	Height uint16 `json:"height"`
}

// Session is one command's streams to the console. Reading gives what follows the parameters; writing goes to the
// console's standard output.
type Session struct {
	in          *bufio.Reader
	out, stderr io.Writer
	sizes       chan Size
}

func newSession(channel ssh.Channel, wrote func()) *Session {
	return &Session{bufio.NewReaderSize(channel, 4096), counted{channel, wrote}, counted{channel.Stderr(), wrote}, make(chan Size, 1)}
}

// counted says when something has been written.
type counted struct {
	to    io.Writer
	wrote func()
}

func (c counted) Write(p []byte) (int, error) {
	defer c.wrote()
	return c.to.Write(p)
}

func (s *Session) Read(p []byte) (int, error)  { return s.in.Read(p) }
func (s *Session) Write(p []byte) (int, error) { return s.out.Write(p) }

// Stderr is the console's standard error.
func (s *Session) Stderr() io.Writer { return s.stderr }

// Sizes gives the newest size of the console's terminal whenever it has changed.
func (s *Session) Sizes() <-chan Size { return s.sizes }

// resized takes a "window-change" request (RFC 4254, 6.7). Only the newest size counts.
func (s *Session) resized(payload []byte) bool {
	var change struct{ Columns, Rows, Width, Height uint32 }
	if ssh.Unmarshal(payload, &change) != nil {
		return false
	}
	size := Size{uint16(min(change.Columns, 1<<16-1)), uint16(min(change.Rows, 1<<16-1))}
	for {
		select {
		case s.sizes <- size:
			return true
		default:
		}
		select {
		case <-s.sizes:
		default:
		}
	}
}

// Parameters reads the first line of the input, JSON. No line at all stands for no parameters.
func (s *Session) Parameters(into any) error {
	line, err := readLine(s.in)
	if err != nil {
		return err
	}
	if len(line) == 0 {
		return nil
	}
	return json.Unmarshal(line, into)
}

// Answer writes one line of JSON.
func (s *Session) Answer(answer any) error { return json.NewEncoder(s).Encode(answer) }

// Refuse answers that a command isn't possible, and gives its status.
func (s *Session) Refuse(reason, message string) uint32 {
	type refusal struct {
		Reason  string `json:"reason"`
		Message string `json:"message"`
	}
	_ = s.Answer(struct {
		Error refusal `json:"error"`
	}{refusal{reason, message}})
	return StatusFailed
}

// readLine reads one line of bounded length, without its end; the last one needs none.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return nil, fmt.Errorf("parameters of more than %d bytes", maxLine)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err == nil:
			return line[:len(line)-1], nil
		case errors.Is(err, io.EOF):
			return line, nil
		default:
			return nil, err
		}
	}
}
