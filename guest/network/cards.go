package network

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/vic-operator/vic-operator/guest/config"
)

const (
	cardPatience = 20 * time.Second // for a card's driver to announce it, on a slow host
	settled      = time.Second      // without another card: then those with the right addresses aren't late, but have other ones
	pause        = 10 * time.Millisecond
)

// card is what tells a machine's network cards apart.
type card struct {
	link  netlink.Link
	mac   string
	place string // in sysfs: the path over the PCI bus
}

// claimCards finds each network's card and names it by its place in the configuration; the kernel's own names go by the order
// in which drivers found them. Cards that no network asked for come behind.
func claimCards(networks []config.Network) ([]card, error) {
	cards, err := awaitCards(networks)
	if err != nil {
		return nil, err
	}
	for i, card := range cards { // none may have the other's name
		if err := netlink.LinkSetName(card.link, fmt.Sprintf("vic%d", i)); err != nil {
			return nil, err
		}
	}
	for i, card := range cards {
		name := fmt.Sprintf("eth%d", i)
		if err := netlink.LinkSetName(card.link, name); err != nil {
			return nil, err
		}
		card.link.Attrs().Name = name
	}
	return cards, nil
}

// awaitCards waits until every network has its card by address, or until those that are there are all.
func awaitCards(networks []config.Network) ([]card, error) {
	seen, since := 0, time.Now()
	for deadline := since.Add(cardPatience); ; time.Sleep(pause) {
		cards, err := listCards()
		if err != nil {
			return nil, err
		}
		if len(cards) != seen {
			seen, since = len(cards), time.Now()
		}
		found, exact, err := match(networks, cards)
		late := time.Now().After(deadline)
		if exact || err == nil && (late || time.Since(since) > settled) || err != nil && late {
			return found, err
		}
	}
}

func listCards() (cards []card, err error) {
	links, err := netlink.LinkList()
	for _, link := range links {
		// What has no device isn't a card: loopback, tunnels.
		place, err := filepath.EvalSymlinks("/sys/class/net/" + link.Attrs().Name + "/device")
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		cards = append(cards, card{link, link.Attrs().HardwareAddr.String(), place})
	}
	return cards, err
}

// match gives each network its card. A card is known by its MAC address; but a server, or an administrator, may have given it
// another one. So networks that nobody has the address of take the cards that nobody asked for, in the order in which VMs
// get them. What is left comes last. exact says that all networks have the address that was asked for.
//
// The cards keep the addresses that they have: vSphere's port groups drop frames from others.
func match(networks []config.Network, cards []card) (found []card, exact bool, err error) {
	rest := slices.SortedFunc(slices.Values(cards), byPlace)
	found, missing := make([]card, len(networks)), []int{}
	for i, n := range networks {
		mac, err := net.ParseMAC(n.MAC)
		if err != nil {
			return nil, false, fmt.Errorf("network %s: %w", n.Name, err)
		}
		at := slices.IndexFunc(rest, func(c card) bool { return c.mac == mac.String() })
		if at < 0 {
			missing = append(missing, i)
			continue
		}
		found[i] = rest[at]
		rest = slices.Delete(rest, at, at+1)
	}
	for _, i := range missing {
		if len(rest) == 0 {
			return nil, false, fmt.Errorf("network %s: no card with MAC address %s, nor another one", networks[i].Name, networks[i].MAC)
		}
		found[i], rest = rest[0], rest[1:]
	}
	return append(found, rest...), len(missing) == 0, nil
}

// byPlace is the order of a VM's cards. VMware's hypervisor numbers PCI slots through the first functions of its bridges, then
// through their second ones (KB 2047927), so that the fifth card's path comes before the second's.
func byPlace(a, b card) int {
	return cmp.Or(strings.Compare(function(a.place), function(b.place)), strings.Compare(a.place, b.place))
}

// function is that of a card on the PCI bus, or of the bridge that it is behind.
func function(place string) string {
	_, behind, _ := strings.Cut(place, "/pci")
	_, behind, _ = strings.Cut(behind, "/")
	first, _, _ := strings.Cut(behind, "/")
	_, number, _ := strings.Cut(first, ".")
	return number
}
