package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Names are the three files in which programs look up who they are and whom to ask.
type Names struct {
	Hostname, Hosts, Resolv string
}

// NewNames writes the files' contents as Docker would. The addresses are in CIDR notation.
func NewNames(hostname string, addresses, dns []string) Names {
	return Names{Hostname: hostname + "\n", Hosts: hosts(hostname, addresses), Resolv: resolv(dns)}
}

func hosts(hostname string, addresses []string) string {
	var b strings.Builder
	b.WriteString("127.0.0.1\tlocalhost\n" +
		"::1\tlocalhost ip6-localhost ip6-loopback\n" +
		"fe00::\tip6-localnet\n" +
		"ff00::\tip6-mcastprefix\n" +
		"ff02::1\tip6-allnodes\n" +
		"ff02::2\tip6-allrouters\n")
	names := hostname
	if short, _, qualified := strings.Cut(hostname, "."); qualified {
		names += " " + short
	}
	for _, address := range addresses {
		if prefix, err := netip.ParsePrefix(address); err == nil && hostname != "" {
			fmt.Fprintf(&b, "%s\t%s\n", prefix.Addr(), names)
		}
	}
	return b.String()
}

func resolv(dns []string) string {
	var b strings.Builder
	for i, server := range dns {
		if slices.Index(dns, server) == i {
			fmt.Fprintf(&b, "nameserver %s\n", server)
		}
	}
	return b.String()
}
