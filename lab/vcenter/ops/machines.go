package ops

import (
	"sync"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

func (s *Service) machineHandlers() {
	m := s.Mux
	rpc.Handle(m, "Folder", s.createVM)
	rpc.Handle(m, "Folder", s.registerVM)
	rpc.Handle(m, "VirtualMachine", s.reconfigVM)
	rpc.Handle(m, "VirtualMachine", s.powerOnVM)
	rpc.Handle(m, "VirtualMachine", s.powerOffVM)
	rpc.Handle(m, "VirtualMachine", s.resetVM)
	rpc.Handle(m, "VirtualMachine", s.suspendVM)
	rpc.Handle(m, "VirtualMachine", s.shutdownGuest)
	rpc.Handle(m, "VirtualMachine", s.rebootGuest)
	rpc.Handle(m, "VirtualMachine", s.unregisterVM)
	rpc.Handle(m, "VirtualMachine", s.destroyVM)
	rpc.Handle(m, "VirtualMachine", s.migrateVM)
	rpc.Handle(m, "VirtualMachine", s.relocateVM)
	rpc.Handle(m, "VirtualMachine", s.cloneVM)
	s.templateHandlers()
}

// machines is what is known of running machines besides their properties. The
// zero value is ready.
type machines struct {
	mu   sync.Mutex
	byID map[string]*running
	runs int
}

// running is one run of a machine, from power-on to its end.
type running struct {
	number int // of all runs; tells a late event of an earlier run
	// atPowerOn are the extraConfig keys that the VM was switched on with; what
	// comes on top is lost at power-off.
	atPowerOn map[string]bool
	claims    []datastore.Claim
}

func (m *machines) begin(id string, keys map[string]bool, claims []datastore.Claim) *running {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byID == nil {
		m.byID = map[string]*running{}
	}
	m.runs++
	r := &running{number: m.runs, atPowerOn: keys, claims: claims}
	m.byID[id] = r
	return r
}

func (m *machines) get(id string) *running {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.byID[id]
}

// end forgets the run of id and gives it.
func (m *machines) end(id string) *running {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.byID[id]
	delete(m.byID, id)
	return r
}

func (m *machines) claim(id string, claims []datastore.Claim) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.byID[id]; r != nil {
		r.claims = append(r.claims, claims...)
	}
}

func (m *machines) unclaim(id string, claims []datastore.Claim) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.byID[id]
	if r == nil {
		return
	}
	for _, c := range claims {
		for i := range r.claims {
			if r.claims[i] == c {
				r.claims = append(r.claims[:i:i], r.claims[i+1:]...)
				break
			}
		}
	}
}

// Machine gives a VM as it is now, not to be modified.
func (s *Service) Machine(ref Ref) (*mo.VirtualMachine, error) {
	if vm, ok := s.Inv.Lookup(ref).(*mo.VirtualMachine); ok {
		return vm, nil
	}
	return nil, inventory.NotFound(ref)
}

// editMachine changes a VM's properties.
func (s *Service) editMachine(ref Ref, change func(tx *inventory.Tx, vm *mo.VirtualMachine) error) error {
	return s.Inv.Update(func(tx *inventory.Tx) error {
		vm, err := inventory.Edit[mo.VirtualMachine](tx, ref)
		if err != nil {
			return err
		}
		return change(tx, vm)
	})
}

func isOn(vm *mo.VirtualMachine) bool {
	return vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
}
