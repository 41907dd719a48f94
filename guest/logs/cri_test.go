package logs

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

func fixed(out io.Writer) *Log {
	return &Log{out: out, now: func() time.Time { return time.Unix(0, 5) }}
}

const at = "1970-01-01T00:00:00.000000005Z "

func TestLinesWithoutAnEndOfTheirOwnArePartial(t *testing.T) {
	full := strings.Repeat("x", maxContent)
	for given, want := range map[string]string{
		"":               "",
		"a\n\nb\n":       at + "stdout F a\n" + at + "stdout F \n" + at + "stdout F b\n",
		"a\nb":           at + "stdout F a\n" + at + "stdout P b\n",
		full + "y\n":     at + "stdout P " + full + "\n" + at + "stdout F y\n",
		full + "\n":      at + "stdout P " + full + "\n" + at + "stdout F \n",
		full[1:] + "\n":  at + "stdout F " + full[1:] + "\n",
		"\r\x00\xff z\n": at + "stdout F \r\x00\xff z\n",
	} {
		var out bytes.Buffer
		if err := fixed(&out).Copy(Stdout, strings.NewReader(given)); err != nil || out.String() != want {
			t.Errorf("%.20q: %.60q, %v", given, out.String(), err)
		}
	}
}

func TestStreamsComeBackByteForByteHoweverTheyAreMixed(t *testing.T) {
	var out bytes.Buffer
	log := New(&out)
	given := map[string]string{}
	var copies sync.WaitGroup
	for _, stream := range []string{Stdout, Stderr} {
		b := make([]byte, 1<<20)
		for i := range b {
			b[i] = byte(rand.IntN(256))
			if rand.IntN(20000) == 0 || b[i] == '\n' && rand.IntN(50) > 0 {
				b[i] = 'x'
			}
		}
		given[stream] = string(b)
		copies.Go(func() {
			if err := log.Copy(stream, bytes.NewReader(b)); err != nil {
				t.Error(err)
			}
		})
	}
	copies.Wait()
	read := map[string]*strings.Builder{Stdout: {}, Stderr: {}}
	for line := range strings.Lines(out.String()) {
		parts := strings.SplitN(line, " ", 4)
		content := parts[3]
		if parts[2] == "P" {
			content = strings.TrimSuffix(content, "\n")
		}
		read[parts[1]].WriteString(content)
	}
	for stream, want := range given {
		if read[stream].String() != want {
			t.Errorf("%s came back changed", stream)
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no port") }

func TestProcessIsReadToItsEndThoughTheLogIsBroken(t *testing.T) {
	r := strings.NewReader(strings.Repeat("line\n", 100000))
	if err := New(broken{}).Copy(Stdout, r); err == nil || r.Len() != 0 {
		t.Errorf("%d bytes unread, %v", r.Len(), err)
	}
}
