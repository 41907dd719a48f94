package vmtools

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// Bounds of nicinfo.x (open-vm-tools, lib/guestRpc).
const (
	maxNICs     = 16
	maxIPs      = 2048
	maxSearches = 10
)

// parseNICInfo reads a GuestNicInfo, version 3, as far as the NICs go; routes
// and the stack's configuration after them are of no interest here.
func parseNICInfo(data []byte) ([]guest.NICState, error) {
	x := &xdr{rest: data}
	if version := x.uint32(); x.err == nil && version != 3 {
		return nil, fmt.Errorf("GuestNicInfo of version %d", version)
	}
	if !x.optional() {
		return nil, x.err
	}
	nics := make([]guest.NICState, 0, 4)
	for range x.count(maxNICs) {
		nic := guest.NICState{}
		if mac, err := net.ParseMAC(clean(x.opaque())); err == nil {
			nic.MAC = mac.String()
		}
		for range x.count(maxIPs) {
			if address, valid := parseAddress(x); valid {
				nic.Addresses = append(nic.Addresses, address.String())
			}
			if x.err != nil {
				return nil, x.err
			}
		}
		skipNICSettings(x)
		if x.err != nil {
			return nil, x.err
		}
		if nic.MAC != "" {
			nics = append(nics, nic)
		}
	}
	return nics, x.err
}

func parseAddress(x *xdr) (netip.Prefix, bool) {
	x.uint32() // type; the length says the same
	address, valid := netip.AddrFromSlice(x.opaque())
	prefix := netip.PrefixFrom(address, int(min(x.uint32(), 128)))
	for range 2 { // origin, status
		if x.optional() {
			x.uint32()
		}
	}
	return prefix, valid && prefix.IsValid() && x.err == nil
}

// skipNICSettings reads over DNS, WINS and DHCP settings of one NIC.
func skipNICSettings(x *xdr) {
	typedAddress := func() { x.uint32(); x.opaque() }
	if x.optional() { // DnsConfigInfo
		for range 2 { // host name, domain name
			if x.optional() {
				x.opaque()
			}
		}
		for range x.count(maxIPs) {
			if typedAddress(); x.err != nil {
				return
			}
		}
		for range x.count(maxSearches) {
			x.opaque()
		}
	}
	if x.optional() { // WinsConfigInfo
		typedAddress()
		typedAddress()
	}
	for range 2 { // DhcpConfigInfo of IPv4, of IPv6
		if x.optional() {
			x.uint32()
			x.opaque()
		}
	}
}

// primaryAddress is the one that vCenter shows as the machine's: the first
// global IPv4 address, else the first global one at all.
func primaryAddress(nics []guest.NICState) string {
	var six string
	for _, nic := range nics {
		for _, cidr := range nic.Addresses {
			prefix, err := netip.ParsePrefix(cidr)
			switch address := prefix.Addr(); {
			case err != nil || !address.IsGlobalUnicast():
			case address.Is4():
				return address.String()
			case six == "":
				six = address.String()
			}
		}
	}
	return six
}
