package vspc

import "errors"

// Telnet's bytes: RFC 854, RFC 855. Options: BINARY RFC 856, ECHO RFC 857,
// SUPPRESS-GO-AHEAD RFC 858.
const (
	iac  = 255
	dont = 254
	do   = 253
	wont = 252
	will = 251
	sb   = 250
	se   = 240

	optionBinary = 0
	optionEcho   = 1
	optionSGA    = 3
)

// maxSubnegotiation bounds what a peer may make this side remember.
const maxSubnegotiation = 4096

// receiver takes what a decoder finds.
type receiver interface {
	data(p []byte)
	negotiate(verb, option byte)
	subnegotiate(option byte, parameters []byte)
}

// decoder splits a telnet stream. Its zero value is ready.
type decoder struct {
	state      byte
	verb       byte
	parameters []byte
	afterCR    bool // the last byte of data was a CR, outside BINARY
	// binary: the peer has agreed to send BINARY; else a CR is followed by LF
	// or NUL, of which the NUL isn't data (RFC 854, page 11).
	binary bool
}

// States of a decoder.
const (
	inData = iota
	inCommand
	inNegotiation
	inSub
	inSubCommand
)

var errSubnegotiation = errors.New("a subnegotiation is not as telnet has it")

// feed takes bytes of the stream. p isn't kept, and data may overwrite it.
func (d *decoder) feed(p []byte, r receiver) error {
	clean := p[:0:cap(p)] // decoded data is never longer
	flush := func() {
		if len(clean) > 0 {
			r.data(clean)
			clean = clean[len(clean):]
		}
	}
	for _, c := range p {
		switch d.state {
		case inData:
			switch {
			case c == iac:
				d.state = inCommand
			case d.afterCR && c == 0 && !d.binary:
				d.afterCR = false
			default:
				clean = append(clean, c)
				d.afterCR = c == '\r'
			}
		case inCommand:
			d.state = inData
			switch c {
			case iac:
				clean = append(clean, c)
			case will, wont, do, dont:
				d.verb, d.state = c, inNegotiation
			case sb:
				d.parameters, d.state = nil, inSub
			}
		case inNegotiation:
			flush()
			d.state = inData
			r.negotiate(d.verb, c)
		case inSub:
			if c == iac {
				d.state = inSubCommand
				continue
			}
			d.parameters = append(d.parameters, c)
		case inSubCommand:
			switch c {
			case iac:
				d.parameters, d.state = append(d.parameters, c), inSub
			case se:
				if len(d.parameters) == 0 {
					return errSubnegotiation
				}
				flush()
				d.state = inData
				r.subnegotiate(d.parameters[0], d.parameters[1:])
			default:
				return errSubnegotiation
			}
		}
		if len(d.parameters) > maxSubnegotiation {
			return errSubnegotiation
		}
	}
	flush()
	return nil
}

// escape doubles IAC; outside BINARY it also ends each lone CR with a NUL.
func escape(p []byte, binary bool) []byte {
	out := make([]byte, 0, len(p)+8)
	for i, c := range p {
		out = append(out, c)
		switch {
		case c == iac:
			out = append(out, iac)
		case c == '\r' && !binary && (i+1 == len(p) || p[i+1] != '\n'):
			out = append(out, 0)
		}
	}
	return out
}

// subnegotiation is a whole message of the extension.
func subnegotiation(code byte, parameters ...byte) []byte {
	message := append([]byte{iac, sb, extension, code}, escape(parameters, true)...)
	return append(message, iac, se)
}
