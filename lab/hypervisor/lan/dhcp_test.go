package lan

import (
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/vic-operator/vic-operator/lab/hypervisor/l2switch"
)

func TestSubnetsThatNoLANCanBeAreRefused(t *testing.T) {
	for _, subnet := range []string{"10.0.0.0/8", "10.0.0.0/30", "fd00::/64"} {
		if started, err := Start(Config{Subnet: netip.MustParsePrefix(subnet)}, l2switch.New()); err == nil {
			started.Close()
			t.Errorf("%s was accepted", subnet)
		}
	}
	if started, err := Start(Config{}, l2switch.New()); err == nil {
		started.Close()
		t.Error("no subnet at all was accepted")
	}
}

func TestALeaseStaysWithItsCardUntilTheSubnetIsFull(t *testing.T) {
	leases, start := newLeases(netip.MustParsePrefix("10.0.0.0/28")), time.Unix(0, 0)
	given := map[netip.Addr]int{}
	for n := range 13 { // .2 to .14
		given[leases.assign(strconv.Itoa(n), start.Add(time.Duration(n)))]++
	}
	if len(given) != 13 || given[netip.MustParseAddr("10.0.0.2")] != 1 || given[netip.MustParseAddr("10.0.0.14")] != 1 {
		t.Errorf("given out: %v", given)
	}
	if again := leases.assign("0", start.Add(time.Hour)); again.String() != "10.0.0.2" {
		t.Errorf("the first card now has %s", again)
	}
	if taken := leases.assign("new", start.Add(time.Hour)); taken.String() != "10.0.0.3" {
		t.Errorf("the newcomer got %s, not the address asked for longest ago", taken)
	}
}
