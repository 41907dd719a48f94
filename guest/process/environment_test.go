package process

import (
	"reflect"
	"testing"
)

func TestEnvironmentIsTheImagesFirst(t *testing.T) {
	for _, c := range []struct {
		given    []string
		terminal bool
		want     []string
	}{
		{nil, false, []string{defaultPath, "HOSTNAME=h", "HOME=/root"}},
		{nil, true, []string{defaultPath, "HOSTNAME=h", "TERM=xterm", "HOME=/root"}},
		{[]string{"A=1", "TERM=dumb", "PATH=/x", "HOME="}, true, []string{"PATH=/x", "HOSTNAME=h", "TERM=dumb", "A=1", "HOME="}},
		{[]string{"PATHS=/x", "HOSTNAME", "NONE"}, false, []string{defaultPath, "PATHS=/x", "HOME=/root"}},
		{[]string{"A=1", "A", "A=2"}, false, []string{defaultPath, "HOSTNAME=h", "A=2", "HOME=/root"}},
	} {
		if is := environment(c.given, "h", "/root", c.terminal); !reflect.DeepEqual(is, c.want) {
			t.Errorf("%v: %v", c.given, is)
		}
	}
}
