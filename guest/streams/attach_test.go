package streams

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

const everything = `{"stdin":true,"output":true,"from":{"stdout":0,"stderr":0}}`

func TestAttachingToWhatNeverStartedIsRefused(t *testing.T) {
	c := NewContainer(Config{})
	c.Started(nil)
	client := console(t, c)
	for _, name := range []string{"attach", "signal", "stop", "resize", "exec-create", "exec-start", "top", "stats"} {
		r := command(t, client, name, "{}")
		if _, status := r.end(); status != 1 || r.reason() != "NotRunning" {
			t.Errorf("%s: %d, %v", name, status, r.answer)
		}
	}
}

func TestParametersThatCannotBeReadAreRefused(t *testing.T) {
	c, _ := newRunning(t, Config{}, "cat")
	client := console(t, c)
	for name := range c.Commands() {
		if name == "ping" {
			continue
		}
		r := command(t, client, name, "nonsense")
		if _, status := r.end(); status != 1 || r.reason() != "InvalidParameter" {
			t.Errorf("%s: %d, %v", name, status, r.answer)
		}
	}
}

func TestInputEndsWithTheFirstAttachedOnesOnlyWhereItIsToldSo(t *testing.T) {
	c, _ := newRunning(t, Config{StdinOnce: true}, "cat")
	r := command(t, console(t, c), "attach", everything)
	_, _ = io.WriteString(r.in, "hello")
	r.in.Close()
	if out, status := r.end(); out != "hello" || status != 0 {
		t.Errorf("%q, %d", out, status)
	}

	c, p := newRunning(t, Config{}, "cat")
	client := console(t, c)
	r = command(t, client, "attach", everything)
	_, _ = io.WriteString(r.in, "one")
	r.in.Close()
	if out := r.read(3); out != "one" {
		t.Errorf("%q", out)
	}
	another := command(t, client, "attach", `{"stdin":true,"output":true}`)
	if fmt.Sprint(another.answer["from"]) != "map[stderr:0 stdout:3]" || another.answer["run"] != 3.0 {
		t.Errorf("%v", another.answer)
	}
	_, _ = io.WriteString(another.in, "two")
	if out := another.read(3) + r.read(3); out != "twotwo" {
		t.Errorf("%q", out)
	}
	_ = p.command.Process.Kill()
	if _, status := another.end(); status != 0 {
		t.Error(status)
	}
}

func TestStreamsStayApartAndWholeAndOutliveTheProcess(t *testing.T) {
	c, p := newRunning(t, Config{}, "sh", "-c", "printf out; printf err >&2; head -c 100000 /dev/zero | tr '\\0' x")
	<-p.ended
	r := command(t, console(t, c), "attach", `{"output":true,"from":{"stdout":1,"stderr":0}}`)
	out, status := r.end()
	if out != "ut"+strings.Repeat("x", 100000) || r.stderr.String() != "err" || status != 0 {
		t.Errorf("%.10q of %d, %q, %d", out, len(out), r.stderr.String(), status)
	}
}

func TestWhatIsNotHeldAnyMoreIsLeftOutAndSaid(t *testing.T) {
	c := NewContainer(Config{Run: 3})
	c.Started(newHostProcess(t, "true"))
	_, _ = c.Stdout.Write([]byte(strings.Repeat("a", 10)))
	_, _ = c.Stdout.Write([]byte(strings.Repeat("b", held)))
	c.Stdout.End()
	c.Stderr.End()
	r := command(t, console(t, c), "attach", everything)
	out, status := r.end()
	if fmt.Sprint(r.answer["from"]) != "map[stderr:0 stdout:10]" || out != strings.Repeat("b", held) || status != 0 {
		t.Errorf("%v, %d bytes, %d", r.answer, len(out), status)
	}
}

func TestAReaderThatFallsBehindIsToldSoAndHoldsNobodyUp(t *testing.T) {
	c := NewContainer(Config{Run: 3})
	c.Started(newHostProcess(t, "cat"))
	client := console(t, c)
	slow, quick := command(t, client, "attach", everything), command(t, client, "log", `{"from":0}`)
	chunk := []byte(strings.Repeat("x", 64<<10))
	const flood = 4 << 20 // more than an SSH window and what is held
	for written := 0; written < flood; written += len(chunk) {
		_, _ = c.Stdout.Write(chunk)
		_, _ = c.Log.Write(chunk)
		if got := quick.read(len(chunk)); got != string(chunk) {
			t.Fatal("the log came back changed")
		}
	}
	out, status := slow.end()
	if status != 3 || strings.Trim(out, "x") != "" || len(out) > flood-held {
		t.Errorf("%d bytes, %d", len(out), status)
	}
	c.Log.End()
	if rest, status := quick.end(); rest != "" || status != 0 {
		t.Errorf("%q, %d", rest, status)
	}
}

func TestTheLogIsGivenFromAnyOffset(t *testing.T) {
	c := NewContainer(Config{Run: 3})
	_, _ = c.Log.Write([]byte("0123456789"))
	c.Log.End()
	client := console(t, c)
	for from, want := range map[string]string{`{"from":0}`: "0123456789", `{"from":7}`: "789", `{"from":99}`: "", `{}`: "", `{"from":-1}`: "0123456789"} {
		r := command(t, client, "log", from)
		if out, status := r.end(); out != want || status != 0 || r.answer["from"] != float64(10-len(want)) {
			t.Errorf("%s: %q, %d, %v", from, out, status, r.answer)
		}
	}
}

func TestAConsoleThatLeavesIsForgotten(t *testing.T) {
	c, p := newRunning(t, Config{}, "cat")
	client := console(t, c)
	r := command(t, client, "attach", everything)
	r.ssh.Close()
	client.Close()
	another := command(t, console(t, c), "attach", everything)
	_, _ = io.WriteString(another.in, "still there")
	if out := another.read(11); out != "still there" {
		t.Errorf("%q", out)
	}
	if hasEnded(p) {
		t.Error("the process has ended")
	}
}
