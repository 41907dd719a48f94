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
		fmt.Fprint(&w, given)
		if w.String() != want {
			t.Errorf("%q: %q", given, w.String())
		}
	}
}
