package line

import (
	"bytes"
	"strings"
	"testing"
)

const nonce = "0123456789abcdef0123456789ABCDEF"

func found(chunks ...string) []string {
	var s syncScanner
	var nonces []string
	for _, chunk := range chunks {
		for p := []byte(chunk); ; {
			end := s.find(p)
			if end < 0 {
				break
			}
			nonces = append(nonces, string(s.nonce[:]))
			p = p[end:]
		}
	}
	return nonces
}

func TestWhatIsAlmostASyncLineIsNone(t *testing.T) {
	for _, given := range []string{
		"", "\n", "~vic-line/1 " + nonce + "\n", "\n~vic-line/1 " + nonce, "\n~vic-line/2 " + nonce + "\n",
		"\n~vic-line/1 " + nonce[1:] + "\n", "\n~vic-line/1 " + nonce + "0\n", "\n~vic-line/1 " + nonce[1:] + "g\n",
		"\n~vic-line/1 \n" + nonce + "\n", "\n~vic-line/1 ready " + nonce + "\n", "\n~vic-line/1 " + nonce + "\r\n",
	} {
		if n := found(given); n != nil {
			t.Errorf("%q: %q", given, n)
		}
	}
}

func TestSyncLinesAreFoundWhateverIsAroundThem(t *testing.T) {
	line := "\n~vic-line/1 " + nonce + "\n"
	for given, want := range map[string]int{
		line: 1, line + line: 2, "\n~vic-line/1 " + nonce + line: 1, "\n\n" + line: 1, "\n~vic-line" + line: 1, "\xff\x00" + line + "SSH-2.0-x": 1,
		line + line[1:]:                          2, // one's end is the other's beginning
		"\n~vic-line/1 0123" + line + "x" + line: 2,
	} {
		if n := found(given); len(n) != want || n[0] != nonce {
			t.Errorf("%q: %q", given, n)
		}
		if n := found(strings.Split(given, "")...); len(n) != want {
			t.Errorf("%q byte by byte: %q", given, n)
		}
	}
}

func FuzzSyncLinesAreFoundHoweverTheyAreCut(f *testing.F) {
	f.Add([]byte("SSH-2.0-x\r\n\n~vic"), []byte("garbage"), 7)
	f.Fuzz(func(t *testing.T, before, after []byte, cut int) {
		whole := bytes.Join([][]byte{before, []byte("\n~vic-line/1 " + nonce + "\n"), after}, nil)
		cut = int(uint(cut) % uint(len(whole)))
		if n := found(string(whole[:cut]), string(whole[cut:])); len(n) == 0 {
			t.Errorf("%q cut at %d", whole, cut)
		}
	})
}
