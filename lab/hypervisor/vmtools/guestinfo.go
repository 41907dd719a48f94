package vmtools

import (
	"cmp"
	"strings"
	"sync"
	"unicode/utf8"
)

// prefix of the keys that a guest may read and write.
const prefix = "guestinfo."

// Bounds for what a guest may store. VMware's is tools.setInfo.sizeLimit.
const (
	maxKey       = 256
	defaultTotal = 1 << 20
)

// guestInfo is the store of guestinfo.* keys of one machine.
type guestInfo struct {
	mu     sync.Mutex
	values map[string]string
	size   int
	max    int
}

func newGuestInfo(values map[string]string, maxBytes int) *guestInfo {
	g := &guestInfo{values: map[string]string{}, max: cmp.Or(maxBytes, defaultTotal)}
	for key, value := range values {
		g.put(key, value)
	}
	return g
}

func (g *guestInfo) get(key string) (string, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	value, found := g.values[key]
	return value, found
}

// put sets a key from outside, "" removes it; no bounds apply.
func (g *guestInfo) put(key, value string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if old, found := g.values[key]; found {
		g.size -= len(key) + len(old)
		delete(g.values, key)
	}
	if value != "" {
		g.size += len(key) + len(value)
		g.values[key] = value
	}
}

// refusal is an error in the protocol's own words.
type refusal string

func (r refusal) Error() string { return string(r) }

const (
	refusedKey    refusal = "Permission denied"
	refusedText   refusal = "Invalid key or value"
	refusedTotal  refusal = "Size limit exceeded"
	refusedLength refusal = "Message too long"
)

// set is a guest's info-set. The error is what the guest is told.
func (g *guestInfo) set(key, value string) error {
	switch {
	case !strings.HasPrefix(key, prefix) || len(key) == len(prefix):
		return refusedKey
	case len(key) > maxKey || !isText(key) || !isText(value):
		return refusedText
	}
	old, _ := g.get(key)
	g.mu.Lock()
	full := g.size+len(key)+len(value)-len(old) > g.max
	g.mu.Unlock()
	if full {
		return refusedTotal
	}
	g.put(key, value)
	return nil
}

// isText says whether s can stand in XML 1.0, which is how vCenter passes it on.
func isText(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, isControl) < 0
}

func isControl(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
}

// clean makes a text of a guest fit to be shown: valid, without control
// characters, at most 255 bytes.
func clean(b []byte) string {
	text := strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0xfffe && r <= 0xffff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(b), "")))
	for len(text) > 255 {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}
