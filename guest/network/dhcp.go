package network

import (
	"context"
	"errors"
	"log"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/dhcpv4/nclient4"
	"github.com/vishvananda/netlink"

	"github.com/vic-operator/vic-operator/guest/config"
)

const (
	dhcpPatience = 30 * time.Second
	dhcpRetry    = 15 * time.Second // between attempts to renew a lease
	defaultLease = time.Hour
)

func configureDHCP(card netlink.Link, n config.Network, metric int) (settings, error) {
	if err := netlink.LinkSetUp(card); err != nil {
		return settings{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), dhcpPatience)
	defer cancel()
	lease, err := request(ctx, card, nil)
	if err != nil {
		return settings{}, err
	}
	s, err := fromLease(lease.ACK, n)
	if err != nil {
		return s, err
	}
	if err := apply(card, s, metric); err != nil {
		return s, err
	}
	go keep(card, lease, n, metric)
	return s, nil
}

// keep renews a lease at half its time. A server that gives another address then is followed.
func keep(card netlink.Link, lease *nclient4.Lease, n config.Network, metric int) {
	wait := lease.ACK.IPAddressLeaseTime(defaultLease) / 2
	for {
		time.Sleep(wait)
		ctx, cancel := context.WithTimeout(context.Background(), dhcpPatience)
		renewed, err := request(ctx, card, lease)
		cancel()
		wait = dhcpRetry
		if err != nil {
			log.Printf("dhcp on %s: %v", card.Attrs().Name, err)
			continue
		}
		s, err := fromLease(renewed.ACK, n)
		if err == nil {
			err = follow(card, lease, renewed, s, metric)
		}
		if err != nil {
			log.Printf("dhcp on %s: %v", card.Attrs().Name, err)
			continue
		}
		lease = renewed
		wait = lease.ACK.IPAddressLeaseTime(defaultLease) / 2
	}
}

func follow(card netlink.Link, was, is *nclient4.Lease, s settings, metric int) error {
	if !was.ACK.YourIPAddr.Equal(is.ACK.YourIPAddr) {
		old := &net.IPNet{IP: was.ACK.YourIPAddr, Mask: was.ACK.SubnetMask()}
		if err := netlink.AddrDel(card, &netlink.Addr{IPNet: old}); err != nil {
			return err
		}
	}
	return apply(card, s, metric)
}

// request asks for a lease, or renews one.
func request(ctx context.Context, card netlink.Link, lease *nclient4.Lease) (*nclient4.Lease, error) {
	client, err := nclient4.New(card.Attrs().Name)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	hostname, _ := os.Hostname()
	name := dhcpv4.WithOption(dhcpv4.OptHostName(hostname))
	if lease != nil {
		if renewed, err := client.Renew(ctx, lease, name); err == nil {
			return renewed, nil
		}
	}
	return client.Request(ctx, name)
}

func fromLease(ack *dhcpv4.DHCPv4, n config.Network) (settings, error) {
	s := settings{dns: n.DNS}
	address, ok := netip.AddrFromSlice(ack.YourIPAddr.To4())
	bits, _ := ack.SubnetMask().Size()
	if !ok || bits == 0 {
		return s, errors.New("the DHCP server gave no address or no mask")
	}
	s.address = netip.PrefixFrom(address, bits)
	if routers := ack.Router(); len(routers) > 0 {
		s.gateway, _ = netip.AddrFromSlice(routers[0].To4())
	}
	if len(s.dns) == 0 {
		for _, server := range ack.DNS() {
			s.dns = append(s.dns, server.String())
		}
	}
	return s, nil
}
