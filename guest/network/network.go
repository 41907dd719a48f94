// Package network gives a guest's cards their addresses and the guest its names.
package network

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"

	"github.com/vishvananda/netlink"

	"github.com/vic-operator/vic-operator/guest/config"
)

// metricStep is between the default routes of two networks, the first being preferred.
const metricStep = 100

// State is what a guest's networks came to.
type State struct {
	Addresses []string          // in CIDR notation
	DNS       []string          // name servers
	MACs      map[string]string // by network, of cards that have another MAC address than they were to have
}

// Up configures all cards, in the configuration's order: the first becomes eth0. Cards with DHCP keep renewing
// their leases in the background.
func Up(networks []config.Network) (State, error) {
	var s State
	if err := loopback(); err != nil {
		return s, err
	}
	if err := likeDocker(); err != nil {
		return s, err
	}
	cards, err := claimCards(networks)
	if err != nil {
		return s, err
	}
	for i, n := range networks {
		got, err := configure(cards[i].link, n, i*metricStep)
		if err != nil {
			return s, fmt.Errorf("network %s: %w", n.Name, err)
		}
		if got.address.IsValid() {
			s.Addresses = append(s.Addresses, got.address.String())
		}
		s.DNS = append(s.DNS, got.dns...)
		if !strings.EqualFold(cards[i].mac, n.MAC) {
			if s.MACs == nil {
				s.MACs = map[string]string{}
			}
			s.MACs[n.Name] = cards[i].mac
		}
	}
	return s, nil
}

// settings are what a card was given, by the configuration or by a DHCP server.
type settings struct {
	address netip.Prefix
	gateway netip.Addr
	dns     []string
}

func configure(card netlink.Link, n config.Network, metric int) (settings, error) {
	name := card.Attrs().Name
	quieten(name, n)
	if n.DHCP {
		return configureDHCP(card, n, metric)
	}
	s, err := static(n)
	if err != nil {
		return s, err
	}
	return s, apply(card, s, metric)
}

func static(n config.Network) (settings, error) {
	s := settings{dns: n.DNS}
	var err error
	if n.Address != "" {
		if s.address, err = netip.ParsePrefix(n.Address); err != nil {
			return s, err
		}
	}
	if n.Gateway != "" {
		s.gateway, err = netip.ParseAddr(n.Gateway)
	}
	return s, err
}

// apply sets the address before the card is up, so that the kernel announces it to the neighbours
// (arp_notify), who may remember the address's former owner.
func apply(card netlink.Link, s settings, metric int) error {
	if s.address.IsValid() {
		address := &netlink.Addr{IPNet: ipNet(s.address)}
		if err := netlink.AddrReplace(card, address); err != nil {
			return fmt.Errorf("address %s: %w", s.address, err)
		}
	}
	if err := netlink.LinkSetUp(card); err != nil {
		return err
	}
	if !s.gateway.IsValid() {
		return nil
	}
	route := &netlink.Route{LinkIndex: card.Attrs().Index, Gw: s.gateway.AsSlice(), Priority: metric}
	if !s.address.Contains(s.gateway) {
		route.Flags = int(netlink.FLAG_ONLINK)
	}
	if err := netlink.RouteReplace(route); err != nil {
		return fmt.Errorf("gateway %s: %w", s.gateway, err)
	}
	return nil
}

func loopback() error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	return netlink.LinkSetUp(lo)
}

// likeDocker lets users who aren't root bind any port and ping, as Docker does for containers with a network of their own
// (moby: daemon/oci_linux.go). The guest's own network is the container's.
func likeDocker() error {
	for setting, value := range map[string]string{
		"ip_unprivileged_port_start": "0",
		"ping_group_range":           "0 2147483647",
	} {
		if err := os.WriteFile("/proc/sys/net/ipv4/"+setting, []byte(value), 0); err != nil {
			return err
		}
	}
	return nil
}

// quieten keeps a card from configuring itself: whoever sends router advertisements on a bridge network
// would become everybody's gateway. Without an IPv6 address, a card has no IPv6, as in Docker.
func quieten(name string, n config.Network) {
	disableIPv6 := "1"
	if strings.Contains(n.Address, ":") {
		disableIPv6 = "0"
	}
	for setting, value := range map[string]string{
		"ipv6/conf/" + name + "/disable_ipv6": disableIPv6,
		"ipv6/conf/" + name + "/accept_ra":    "0",
		"ipv6/conf/" + name + "/autoconf":     "0",
		"ipv4/conf/" + name + "/arp_notify":   "1",
	} {
		// A kernel without IPv6 has no such files, and nothing to keep quiet.
		_ = os.WriteFile("/proc/sys/net/"+setting, []byte(value), 0)
	}
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
