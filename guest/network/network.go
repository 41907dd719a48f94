// Package network gives a guest's cards their addresses and the guest its names.
package network

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/vic-operator/vic-operator/guest/config"
)

const (
	cardPatience = 20 * time.Second // for a card's driver to announce it, on a slow host
	pause        = 10 * time.Millisecond
	metricStep   = 100 // between the default routes of two networks, the first being preferred
)

// Up configures all cards, in the configuration's order: the first becomes eth0. It returns the addresses,
// in CIDR notation, and the name servers. Cards with DHCP keep renewing their leases in the background.
func Up(networks []config.Network) (addresses, dns []string, err error) {
	if err := loopback(); err != nil {
		return nil, nil, err
	}
	if err := likeDocker(); err != nil {
		return nil, nil, err
	}
	cards, err := claimCards(networks)
	if err != nil {
		return nil, nil, err
	}
	for i, n := range networks {
		got, err := configure(cards[i], n, i*metricStep)
		if err != nil {
			return nil, nil, fmt.Errorf("network %s: %w", n.Name, err)
		}
		if got.address.IsValid() {
			addresses = append(addresses, got.address.String())
		}
		dns = append(dns, got.dns...)
	}
	return addresses, dns, nil
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

// claimCards finds each network's card by its MAC address and names it by its place in the
// configuration; the kernel's own names go by the order in which drivers found them.
func claimCards(networks []config.Network) ([]netlink.Link, error) {
	cards := make([]netlink.Link, len(networks))
	for i, n := range networks {
		card, err := awaitCard(n.MAC)
		if err != nil {
			return nil, fmt.Errorf("network %s: %w", n.Name, err)
		}
		if err := netlink.LinkSetName(card, fmt.Sprintf("vic%d", i)); err != nil {
			return nil, err
		}
		cards[i] = card
	}
	for i, card := range cards {
		name := fmt.Sprintf("eth%d", i)
		if err := netlink.LinkSetName(card, name); err != nil {
			return nil, err
		}
		card.Attrs().Name = name
	}
	return cards, nil
}

func awaitCard(mac string) (netlink.Link, error) {
	wanted, err := net.ParseMAC(mac)
	if err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(cardPatience); ; time.Sleep(pause) {
		links, err := netlink.LinkList()
		if err != nil {
			return nil, err
		}
		for _, link := range links {
			if strings.EqualFold(link.Attrs().HardwareAddr.String(), wanted.String()) {
				return link, nil
			}
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("no card with MAC address %s", mac)
		}
	}
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
