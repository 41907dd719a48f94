package hypervisor

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"github.com/vic-operator/vic-operator/lab/hypervisor/l2switch"
	"github.com/vic-operator/vic-operator/lab/hypervisor/lan"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// segment identifies a broadcast domain.
type segment struct {
	network string // moref of the port group
	vlan    int
}

// networks are the switches that machines are plugged into, made when the
// first one is, and the LANs behind some of them.
type networks struct {
	configs map[string]lan.Config // by name of the port group

	mu       sync.Mutex
	switches map[segment]*l2switch.Switch
	lans     map[string]*lan.LAN
}

func newNetworks(configs map[string]lan.Config) *networks {
	return &networks{configs: configs, switches: map[segment]*l2switch.Switch{}, lans: map[string]*lan.LAN{}}
}

// find returns the switch for a NIC; nil if it isn't connected.
func (n *networks) find(nic guest.NIC) (*l2switch.Switch, error) {
	if !nic.Connected {
		return nil, nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	key := segment{nic.Network, nic.VLAN}
	if found := n.switches[key]; found != nil {
		return found, nil
	}
	made := l2switch.New()
	if config, routed := n.configs[nic.NetworkName]; routed && n.lans[nic.NetworkName] == nil {
		started, err := lan.Start(config, made)
		if err != nil {
			return nil, fmt.Errorf("network %q: %w", nic.NetworkName, err)
		}
		n.lans[nic.NetworkName] = started
	}
	n.switches[key] = made
	return made, nil
}

func (n *networks) dial(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
	n.mu.Lock()
	found := n.lans[network]
	n.mu.Unlock()
	if found == nil {
		return nil, fmt.Errorf("no machine has been on network %q, or it is isolated", network)
	}
	return found.DialTCP(ctx, to)
}

func (n *networks) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for name, started := range n.lans {
		started.Close()
		delete(n.lans, name)
	}
}
