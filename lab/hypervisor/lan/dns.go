package lan

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
)

const (
	dnsPort = 53
	dnsTTL  = 60 // seconds
)

// serveDNS answers on UDP port 53 of the gateway.
func (l *LAN) serveDNS(ctx context.Context) error {
	local := fullAddress(netip.AddrPortFrom(l.gateway, dnsPort))
	conn, err := gonet.DialUDP(l.stack, &local, nil, ipv4.ProtocolNumber)
	if err != nil {
		return fmt.Errorf("DNS: %w", err)
	}
	context.AfterFunc(ctx, func() { conn.Close() })
	go func() {
		message := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(message)
			if err != nil {
				return
			}
			if reply, err := l.answerDNS(message[:n]); err == nil {
				_, _ = conn.WriteTo(reply, from)
			}
		}
	}()
	return nil
}

// answerDNS answers a question for an IPv4 address; a name that exists has no
// records of other types, all other names don't exist.
func (l *LAN) answerDNS(query []byte) ([]byte, error) {
	var parser dnsmessage.Parser
	asked, err := parser.Start(query)
	if err != nil {
		return nil, err
	}
	if asked.Response {
		return nil, fmt.Errorf("not a query")
	}
	question, err := parser.Question()
	if err != nil {
		return nil, err
	}
	address, found := l.lookup(question.Name.String())
	header := dnsmessage.Header{ID: asked.ID, Response: true, Authoritative: true,
		RecursionDesired: asked.RecursionDesired, RecursionAvailable: true}
	if !found {
		header.RCode = dnsmessage.RCodeNameError
	}
	builder := dnsmessage.NewBuilder(nil, header)
	if err := builder.StartQuestions(); err != nil {
		return nil, err
	}
	if err := builder.Question(question); err != nil {
		return nil, err
	}
	if err := builder.StartAnswers(); err != nil {
		return nil, err
	}
	if found && address.Is4() && question.Type == dnsmessage.TypeA {
		record := dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: dnsTTL}
		if err := builder.AResource(record, dnsmessage.AResource{A: address.As4()}); err != nil {
			return nil, err
		}
	}
	return builder.Finish()
}

func (l *LAN) lookup(name string) (netip.Addr, bool) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if name == "gateway.lab" {
		return l.gateway, true
	}
	address, found := l.config.Names[name]
	return address, found
}
