package streams

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestSignalsThatAreNoneAreRefused(t *testing.T) {
	c, p := newRunning(t, Config{}, "cat")
	client := console(t, c)
	for given, want := range map[string]string{
		`{"signal":"NOTHING"}`: "InvalidSignal", `{}`: "InvalidSignal", `{"signal":"65"}`: "InvalidSignal",
	} {
		r := command(t, client, "signal", given)
		if _, status := r.end(); status != 1 || r.reason() != want {
			t.Errorf("%s: %d, %v", given, status, r.answer)
		}
	}
	if r := command(t, client, "stop", `{"signal":"NOTHING"}`); r.reason() != "InvalidSignal" {
		t.Errorf("%v", r.answer)
	}
	if r := command(t, client, "resize", `{"width":80,"height":24}`); r.reason() != "NoTerminal" {
		t.Errorf("%v", r.answer)
	}
	if hasEnded(p) {
		t.Error("the process has ended")
	}
}

func TestSignalsReachTheProcess(t *testing.T) {
	c, p := newRunning(t, Config{}, "cat")
	client := console(t, c)
	r := command(t, client, "signal", `{"signal":"KILL"}`)
	if _, status := r.end(); status != 0 || len(r.answer) != 0 {
		t.Errorf("%d, %v", status, r.answer)
	}
	<-p.ended
	if r := command(t, client, "signal", `{"signal":"KILL"}`); r.reason() != "NotRunning" {
		t.Errorf("%v", r.answer)
	}
}

func TestAPoliteStopIsTheContainersUnlessItIsToldOtherwise(t *testing.T) {
	for given, want := range map[string]unix.Signal{`{}`: unix.SIGTERM, `{"signal":"INT","timeoutSeconds":5}`: unix.SIGINT} {
		c, p := newRunning(t, Config{}, "cat")
		r := command(t, console(t, c), "stop", given)
		if _, status := r.end(); status != 0 {
			t.Errorf("%s: %v", given, r.answer)
		}
		if is := <-p.stops; is != want {
			t.Errorf("%s: %v", given, is)
		}
		<-p.ended
	}
}

func TestFiguresComeOnceOrUntilTheEnd(t *testing.T) {
	c, p := newRunning(t, Config{}, "cat")
	client := console(t, c)
	if r := command(t, client, "top", `{}`); len(r.answer["processes"].([]any)) != 1 {
		t.Errorf("%v", r.answer)
	}
	r := command(t, client, "stats", `{}`)
	if out, status := r.end(); out != "" || status != 0 || r.answer["pids"] != 1.0 {
		t.Errorf("%q, %d, %v", out, status, r.answer)
	}
	r = command(t, client, "stats", `{"stream":true}`)
	_ = r.line()
	_ = p.command.Process.Kill()
	if _, status := r.end(); status != 0 {
		t.Error(status)
	}
}
