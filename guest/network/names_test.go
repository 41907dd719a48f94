package network

import (
	"strings"
	"testing"
)

func TestNamesAreWhatDockerWouldWrite(t *testing.T) {
	n := NewNames("web.example.org", []string{"172.16.0.2/16", "fd00::2/64"}, []string{"1.1.1.1", "9.9.9.9", "1.1.1.1"})
	if n.Hostname != "web.example.org\n" || n.Resolv != "nameserver 1.1.1.1\nnameserver 9.9.9.9\n" {
		t.Errorf("%+v", n)
	}
	for _, want := range []string{"127.0.0.1\tlocalhost\n", "\n172.16.0.2\tweb.example.org web\n", "\nfd00::2\tweb.example.org web\n"} {
		if !strings.Contains(n.Hosts, want) {
			t.Errorf("hosts lack %q:\n%s", want, n.Hosts)
		}
	}
}

func TestHostWithoutNetworkKnowsLocalhostAlone(t *testing.T) {
	n := NewNames("web", nil, nil)
	if n.Resolv != "" || strings.Contains(n.Hosts, "web") {
		t.Errorf("%+v", n)
	}
}
