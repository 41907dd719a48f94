// Package line carries SSH over a serial port, which doesn't tell when either end begins anew: a line in the
// bytes themselves does, as docs/guest-protocol.md describes it.
package line

const (
	syncPrefix  = "\n~vic-line/1 "
	nonceDigits = 32
)

// syncScanner finds sync lines in all that comes, however it is cut.
type syncScanner struct {
	matched int // bytes of a sync line that the newest bytes are
	nonce   [nonceDigits]byte
}

// find returns how many bytes end with the first sync line's end, or -1 where there is none yet.
func (s *syncScanner) find(p []byte) int {
	for i, b := range p {
		if s.take(b) {
			return i + 1
		}
	}
	return -1
}

// take tells whether a byte is the last of a sync line.
func (s *syncScanner) take(b byte) bool {
	digit := s.matched - len(syncPrefix)
	switch {
	case digit < 0 && b == syncPrefix[s.matched]:
		s.matched++
	case digit >= 0 && digit < nonceDigits && isHex(b):
		s.nonce[digit] = b
		s.matched++
	case b == '\n': // the end of one may be the beginning of the next
		s.matched = 1
		return digit == nonceDigits
	default:
		s.matched = 0
	}
	return false
}

func isHex(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'f' || 'A' <= b && b <= 'F'
}

// answer is what tells the console that its sync line was found.
func (s *syncScanner) answer() []byte {
	return []byte(syncPrefix + "ready " + string(s.nonce[:]) + "\n")
}
