package simulator

import (
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// powerOffs notes which machines went off, if only for a moment that nobody who
// looks now and then would see.
type powerOffs struct {
	mu  sync.Mutex
	ids map[string]bool
}

var _ simulator.RegisterObject = (*powerOffs)(nil)

// take gives the machines that went off since it was called last.
func (p *powerOffs) take() map[string]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	ids := p.ids
	p.ids = nil
	return ids
}

// Reference implements simulator.RegisterObject: handlers are told apart by it.
func (p *powerOffs) Reference() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "PowerOffs", Value: "power-offs"}
}

// UpdateObject implements simulator.RegisterObject.
func (p *powerOffs) UpdateObject(_ *simulator.Context, object mo.Reference, changes []types.PropertyChange) {
	for _, change := range changes {
		if change.Name != "runtime.powerState" || change.Val != types.VirtualMachinePowerStatePoweredOff {
			continue
		}
		p.mu.Lock()
		if p.ids == nil {
			p.ids = map[string]bool{}
		}
		p.ids[object.Reference().Value] = true
		p.mu.Unlock()
	}
}

// PutObject implements simulator.RegisterObject.
func (p *powerOffs) PutObject(*simulator.Context, mo.Reference) {}

// RemoveObject implements simulator.RegisterObject.
func (p *powerOffs) RemoveObject(*simulator.Context, types.ManagedObjectReference) {}
