package boot

import (
	"fmt"
	"testing"
)

func TestLastWordsAreTheCauseOfDeath(t *testing.T) {
	for given, want := range map[string]string{
		"one\ntwo\n": "two",
		"one\npanic: it broke\n\ngoroutine 1 [running]:\n": "panic: it broke",
		"fatal error: out of memory\nmore\n":               "fatal error: out of memory",
		"":                                                 "",
	} {
		var w lastWords
		for _, letter := range given {
			fmt.Fprint(&w, string(letter))
		}
		if w.String() != want {
			t.Errorf("%q: %q", given, w.String())
		}
	}
}

func TestAgentIsHeardAndItsEndUnderstood(t *testing.T) {
	for script, want := range map[string]struct {
		how     Ending
		orderly bool
		words   string
	}{
		"exit 0":                           {PowerOff, true, ""},
		"(exit 3) & exit 64":               {Restart, true, ""},
		"exit 1":                           {PowerOff, false, ""},
		"echo panic: it broke >&2; exit 2": {PowerOff, false, "panic: it broke"},
		"echo bye; kill -9 $$":             {PowerOff, false, "bye"},
	} {
		status, words, err := supervise([]string{"/bin/sh", "-c", script})
		how, orderly := endingOf(status)
		if err != nil || how != want.how || orderly != want.orderly || words != want.words {
			t.Errorf("%q: %v, %v, %q, %v", script, how, orderly, words, err)
		}
	}
}
