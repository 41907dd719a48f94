package ops

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// hostLinks are the hosts that vCenter doesn't hear of. Their virtual machines
// run on. The zero value is ready: all are connected.
type hostLinks struct {
	mu   sync.Mutex
	lost map[Ref]chan struct{} // closed when the host is back
}

func (l *hostLinks) set(host Ref, connected bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	back := l.lost[host]
	switch {
	case connected && back != nil:
		close(back)
		delete(l.lost, host)
	case !connected && back == nil:
		if l.lost == nil {
			l.lost = map[Ref]chan struct{}{}
		}
		l.lost[host] = make(chan struct{})
	}
}

func (l *hostLinks) away(host Ref) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost[host] != nil
}

// wait waits until the VM's host is heard of.
func (l *hostLinks) wait(ctx context.Context, vm Ref, hostOf func(Ref) Ref) {
	for {
		l.mu.Lock()
		back := l.lost[hostOf(vm)]
		l.mu.Unlock()
		if back == nil {
			return
		}
		select {
		case <-back:
		case <-ctx.Done():
			return
		}
	}
}

// hostOf gives the host on which a VM is.
func (s *Service) hostOf(vm Ref) Ref {
	if m, err := s.Machine(vm); err == nil && m.Runtime.Host != nil {
		return *m.Runtime.Host
	}
	return Ref{}
}

// ErrNoHost says that there is no host of that name.
var ErrNoHost = errors.New("no such host")

// ConnectHost changes how vCenter stands with a host, by its moref or name. The
// VMs of one that isn't connected are disconnected, what their guests say is
// heard of afterwards, and nothing can be done to them.
func (s *Service) ConnectHost(id string, state types.HostSystemConnectionState) error {
	return s.Inv.Update(func(tx *inventory.Tx) error {
		var host *mo.HostSystem
		for h := range inventory.All[mo.HostSystem](tx) {
			if h.Name == id || h.Self.Value == id {
				host = inventory.MustEdit[mo.HostSystem](tx, h.Self)
			}
		}
		if host == nil {
			return fmt.Errorf("%w: %s", ErrNoHost, id)
		}
		host.Runtime.ConnectionState = state
		host.Summary.Runtime = &host.Runtime
		for _, ref := range host.Vm {
			vm := inventory.MustEdit[mo.VirtualMachine](tx, ref)
			vm.Runtime.ConnectionState = connectionOf(tx, vm)
			summarize(vm)
		}
		tx.After(func() { s.hosts.set(host.Self, state == types.HostSystemConnectionStateConnected) })
		return nil
	})
}

// reachable refuses what needs a VM's host where that isn't connected.
func (s *Service) reachable(vm Ref) error {
	if vm.Type == "VirtualMachine" && s.hosts.away(s.hostOf(vm)) {
		return fault.New(&types.HostNotConnected{})
	}
	return nil
}
