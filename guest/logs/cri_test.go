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
	log := New(out, Options{})
	log.now = func() time.Time { return time.Unix(0, 5) }
	return log
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
	log := New(&out, Options{})
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

func TestALineThatWasCutOffIsEnded(t *testing.T) {
	out := bytes.NewBufferString(at + "stdout F hal")
	log := fixed(out)
	if err := log.Break(); err != nil || log.Bytes() != 1 {
		t.Errorf("%d bytes, %v", log.Bytes(), err)
	}
	if err := log.Copy(Stdout, strings.NewReader("next\n")); err != nil || out.String() != at+"stdout F hal\n"+at+"stdout F next\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no port") }

func TestProcessIsReadToItsEndThoughTheLogIsBroken(t *testing.T) {
	r := strings.NewReader(strings.Repeat("line\n", 100000))
	if err := New(broken{}, Options{}).Copy(Stdout, r); err == nil || r.Len() != 0 {
		t.Errorf("%d bytes unread, %v", r.Len(), err)
	}
}

func TestTimesNeverGoBackThoughTheClockDoes(t *testing.T) {
	var out bytes.Buffer
	log := New(&out, Options{Run: 2})
	clock := []int64{100, 50, 100, 120}
	log.now = func() time.Time {
		now := clock[0]
		clock = clock[1:]
		return time.Unix(0, now)
	}
	if err := errors.Join(log.Begin(), log.Copy(Stdout, strings.NewReader("a\nb\nc\n"))); err != nil {
		t.Fatal(err)
	}
	want := "1970-01-01T00:00:00.000000100Z vic F {\"run\":2}\n1970-01-01T00:00:00.000000100Z stdout F a\n" +
		"1970-01-01T00:00:00.000000100Z stdout F b\n1970-01-01T00:00:00.000000120Z stdout F c\n"
	if out.String() != want {
		t.Errorf("%s", out.String())
	}
}

func TestLogThatIsFullSaysSoOnceAndKeepsOnlyTheGuestsWords(t *testing.T) {
	var out, copied bytes.Buffer
	line := int64(len(at + "stdout F xxxx\n"))
	log := New(&out, Options{Run: 3, Taken: 1000, MaxBytes: 1000 + 2*line, Copy: &copied})
	log.now = func() time.Time { return time.Unix(0, 5) }
	if err := log.Copy(Stdout, strings.NewReader(strings.Repeat("xxxx\n", 1000))); err != nil {
		t.Fatal(err)
	}
	if err := log.Line([]byte("end")); err != nil {
		t.Fatal(err)
	}
	want := strings.Repeat(at+"stdout F xxxx\n", 2) + at + "vic F {\"run\":3,\"truncated\":true}\n" + at + "vic F end\n"
	if out.String() != want || copied.String() != want || log.Bytes() != 1000+int64(len(want)) {
		t.Errorf("%s, %d bytes", out.String(), log.Bytes())
	}
}
