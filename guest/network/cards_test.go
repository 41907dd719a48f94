package network

import (
	"strings"
	"testing"

	"github.com/vic-operator/vic-operator/guest/config"
)

const (
	root = "/sys/devices/pci0000:00/"
	// As VMware's hypervisor places cards: behind bridges.
	second = root + "0000:00:16.0/0000:0b:00.0"
	third  = root + "0000:00:17.0/0000:13:00.0"
	fifth  = root + "0000:00:15.1/0000:04:00.0"
)

func wanted(macs ...string) (networks []config.Network) {
	for _, mac := range macs {
		networks = append(networks, config.Network{Name: "n", MAC: mac})
	}
	return networks
}

func TestNetworkWithoutAnyCardFails(t *testing.T) {
	cards := []card{{mac: "00:50:56:00:00:01", place: second}}
	_, exact, err := match(wanted("00:50:56:00:00:01", "00:50:56:00:00:02"), cards)
	if exact || err == nil || !strings.Contains(err.Error(), "no card with MAC address 00:50:56:00:00:02") {
		t.Errorf("%v %v", exact, err)
	}
	if _, _, err := match(wanted("x"), nil); err == nil {
		t.Error("an address that is none was taken")
	}
}

func TestCardsAreKnownByAddressWhereverTheyStand(t *testing.T) {
	cards := []card{{mac: "00:50:56:00:00:02", place: second}, {mac: "00:0c:29:00:00:09", place: root + "0000:00:04.0"}, {mac: "00:50:56:00:00:01", place: third}}
	found, exact, err := match(wanted("00:50:56:00:00:01", "00:50:56:00:00:02"), cards)
	if !exact || err != nil || len(found) != 3 || found[0].place != third || found[1].place != second {
		t.Errorf("%+v %v %v", found, exact, err)
	}
}

func TestCardsWithOtherAddressesAreTakenInTheirOrder(t *testing.T) {
	cards := []card{{mac: "00:0c:29:00:00:05", place: fifth}, {mac: "00:50:56:00:00:01", place: third}, {mac: "00:0c:29:00:00:02", place: second}}
	found, exact, err := match(wanted("00:50:56:00:00:0a", "00:50:56:00:00:01", "00:50:56:00:00:0b"), cards)
	if exact || err != nil {
		t.Fatal(exact, err)
	}
	for i, place := range []string{second, third, fifth} {
		if found[i].place != place {
			t.Errorf("network %d has the card at %s", i, found[i].place)
		}
	}
	// As QEMU places them: on the root bus.
	plain := []card{{mac: "b", place: root + "0000:00:0b.0/virtio3"}, {mac: "a", place: root + "0000:00:0a.0/virtio2"}}
	if found, _, _ := match(wanted("00:50:56:00:00:01"), plain); len(found) != 2 || found[0].mac != "a" {
		t.Errorf("%+v", found)
	}
}
