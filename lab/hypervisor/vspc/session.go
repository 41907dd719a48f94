package vspc

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"time"
)

// handshakeTimeout is how long a proxy may take until it has agreed to work.
// The documents name no limit; this one is the lab's.
const handshakeTimeout = 10 * time.Second

// session is one telnet connection to a proxy.
type session struct {
	line *Line
	conn net.Conn

	writing sync.Mutex // held for each whole message
	decoder decoder    // of the reading goroutine

	mu       sync.Mutex
	asked    map[[2]byte]bool // WILLs and DOs that were sent and not answered yet
	does     map[byte]bool    // options that this side does
	peerDoes map[byte]bool

	will    chan struct{} // closed once the proxy has agreed to be one
	opened  bool          // will is closed
	peer    bool          // a vMotion's second connection: carries nothing yet
	answers chan answer   // to messages of a vMotion
	ended   chan struct{}
	err     error // why it ended; to be read after ended
}

// answer is a proxy's word in a vMotion.
type answer struct {
	code       byte
	parameters []byte
}

var (
	errWontProxy = errors.New("the proxy won't be one for this service URI (WONT-PROXY)")
	errNotVMware = errors.New("the other side knows nothing of VMware's telnet extension")
	errNoProxy   = errors.New("the proxy's KNOWN-SUBOPTIONS-2 is without DO-PROXY")
	errTimeout   = errors.New("the proxy hasn't agreed in time")
)

// open dials the proxy and returns once data flows, or once a peer may prove
// itself, in a vMotion.
func (l *Line) open(ctx context.Context, peer bool) (*session, error) {
	conn, err := l.proxy.dial(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{line: l, conn: conn, peer: peer, asked: map[[2]byte]bool{}, does: map[byte]bool{}, peerDoes: map[byte]bool{},
		will: make(chan struct{}), answers: make(chan answer, 4), ended: make(chan struct{})}
	// "Virtual Machine – Sends a message that indicates it will send VMware
	// telnet extension commands to the proxy." BINARY and SGA follow. All of it
	// goes out before anything is read: what is an answer is known by then, and
	// nothing of it comes behind DO-PROXY or data.
	s.ask([2]byte{will, extension}, [2]byte{will, optionBinary}, [2]byte{do, optionBinary},
		[2]byte{will, optionSGA}, [2]byte{do, optionSGA})
	go s.read()
	timeout := time.NewTimer(handshakeTimeout)
	defer timeout.Stop()
	select {
	case <-s.will:
		return s, nil
	case <-s.ended:
		return nil, s.err
	case <-ctx.Done():
		err = ctx.Err()
	case <-timeout.C:
		err = errTimeout
	}
	s.end(err)
	<-s.ended
	return nil, err
}

func (s *session) read() {
	defer close(s.ended)
	buffer := make([]byte, 4096)
	for {
		n, err := s.conn.Read(buffer)
		if n > 0 {
			if bad := s.decoder.feed(buffer[:n], s); bad != nil {
				err = bad
			}
		}
		if err != nil {
			s.end(err)
			return
		}
	}
}

// end closes the connection; the first reason counts.
func (s *session) end(reason error) {
	s.mu.Lock()
	if s.err == nil {
		s.err = reason
	}
	s.mu.Unlock()
	_ = s.conn.Close()
}

func (s *session) write(p []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	_, err := s.conn.Write(p)
	if err != nil {
		s.end(err)
	}
	return err
}

// send passes data on, as slowly as the proxy takes it.
func (s *session) send(p []byte) error {
	s.mu.Lock()
	binary := s.does[optionBinary]
	s.mu.Unlock()
	return s.write(escape(p, binary))
}

// ask sends verbs with their options, in one piece.
func (s *session) ask(questions ...[2]byte) {
	var message []byte
	s.mu.Lock()
	for _, question := range questions {
		s.asked[question] = true
		message = append(message, iac, question[0], question[1])
	}
	s.mu.Unlock()
	_ = s.write(message)
}

func (s *session) tell(code byte, parameters ...byte) error {
	return s.write(subnegotiation(code, parameters...))
}

// data implements receiver: to the machine, as slowly as it takes it.
func (s *session) data(p []byte) { s.line.receive(s, p) }

// negotiate implements receiver. An answer to a question isn't answered, nor
// is what stands already (RFC 854, RFC 1143).
func (s *session) negotiate(verb, option byte) {
	mine := verb == do || verb == dont
	on := verb == do || verb == will
	question := [2]byte{will, option}
	options, yes, no := s.does, byte(will), byte(wont)
	able := option == optionBinary || option == optionSGA || option == extension
	if !mine {
		question[0], options, yes, no = do, s.peerDoes, do, dont
		able = option == optionBinary || option == optionSGA || option == optionEcho
	}
	s.mu.Lock()
	answers := s.asked[question]
	delete(s.asked, question)
	before := options[option]
	options[option] = on && able
	after := options[option]
	s.decoder.binary = s.peerDoes[optionBinary]
	s.mu.Unlock()
	switch {
	case answers, before == after && (on == after):
	case after:
		_ = s.write([]byte{iac, yes, option})
	default:
		_ = s.write([]byte{iac, no, option})
	}
	if mine && option == extension {
		if !on {
			s.end(errNotVMware)
		} else if !before {
			_ = s.tell(knownSuboptions1, known...)
		}
	}
}

// subnegotiate implements receiver.
func (s *session) subnegotiate(option byte, parameters []byte) {
	if option != extension || len(parameters) == 0 {
		return
	}
	code, parameters := parameters[0], parameters[1:]
	l := s.line
	switch code {
	case knownSuboptions2:
		if !slices.Contains(parameters, doProxy) {
			s.end(errNoProxy)
			return
		}
		direction := "S"
		if l.config.Client {
			direction = "C"
		}
		_ = s.tell(doProxy, []byte(direction+l.config.ServiceURI)...)
	case willProxy:
		if s.opened {
			return
		}
		s.opened = true
		if !s.peer {
			l.connected(s) // here, as data may be behind this message
		}
		close(s.will)
	case wontProxy:
		s.end(errWontProxy)
	case getVMVCUUID:
		_ = s.tell(vmVCUUID, []byte(spacedUUID(l.config.InstanceUUID))...)
	case getVMBIOSUUID:
		_ = s.tell(vmBIOSUUID, []byte(spacedUUID(l.config.BIOSUUID))...)
	case getVMName:
		_ = s.tell(vmName, []byte(l.config.Name)...)
	case vmotionGoAhead, vmotionNotNow, vmotionPeerOK:
		select {
		case s.answers <- answer{code, slices.Clone(parameters)}:
		default: // nobody has asked
		}
	case unknownSuboption2:
		if len(parameters) == 1 && parameters[0] == doProxy {
			s.end(errWontProxy)
			return
		}
		select {
		case s.answers <- answer{code, slices.Clone(parameters)}:
		default:
		}
	default:
		_ = s.tell(unknownSuboption1, code)
	}
}
