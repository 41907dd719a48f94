package vmtools

import (
	"encoding/binary"
	"errors"
)

// xdr reads External Data Representation (RFC 4506). The first error sticks,
// and everything read after it is zero.
type xdr struct {
	rest []byte
	err  error
}

var errXDR = errors.New("malformed XDR")

func (x *xdr) uint32() uint32 {
	b := x.take(4)
	if x.err != nil {
		return 0
	}
	return binary.BigEndian.Uint32(b)
}

// opaque is variable-length data or a string.
func (x *xdr) opaque() []byte {
	n := x.uint32()
	data := x.take(n)
	x.take((4 - n%4) % 4)
	return data
}

// optional says whether the optional value that is due follows.
func (x *xdr) optional() bool { return x.uint32() == 1 && x.err == nil }

// count reads an array's length; more than limit is an error.
func (x *xdr) count(limit uint32) int {
	n := x.uint32()
	if n > limit {
		x.err = errXDR
		return 0
	}
	return int(n)
}

func (x *xdr) take(n uint32) []byte {
	if x.err != nil || uint64(n) > uint64(len(x.rest)) {
		x.err = errXDR
		return nil
	}
	taken := x.rest[:n]
	x.rest = x.rest[n:]
	return taken
}
