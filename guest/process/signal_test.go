package process

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestStopSignalsAreReadAsDockerDoes(t *testing.T) {
	for name, want := range map[string]unix.Signal{
		"": unix.SIGTERM, "SIGQUIT": unix.SIGQUIT, "quit": unix.SIGQUIT, "9": unix.SIGKILL,
		"SIGRTMIN+3": 37, "RTMIN": 34, "RTMAX-1": 63, "37": 37,
	} {
		if is, err := SignalNumber(name); err != nil || is != want {
			t.Errorf("%q: %v, %v", name, is, err)
		}
	}
	for _, name := range []string{"SIGNOTHING", "0", "65", "-1", "RTMIN+40", "RTMAX+1", "RTMIN+x"} {
		if is, err := SignalNumber(name); err == nil {
			t.Errorf("%q: %v", name, is)
		}
	}
}

func TestOOMKillsAreCounted(t *testing.T) {
	for events, want := range map[string]string{
		"low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\noom_group_kill 1\n": "2", "oom_kill 0\n": "0", "": "0",
	} {
		if is := countOOM(events); is != want {
			t.Errorf("%q: %s", events, is)
		}
	}
}
