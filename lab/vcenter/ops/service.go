// Package ops is what the vCenter's methods do, object by object.
package ops

import (
	"context"
	"log/slog"
	"sync"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/property"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

// Ref is a managed object reference.
type Ref = types.ManagedObjectReference

// Switches are the behaviours that only a real vCenter can settle; each has the
// position that is believed to be the real one.
type Switches struct {
	// KeepVolatileKeys keeps extraConfig keys at power-off that were first set
	// while the VM was on; by default they are dropped.
	KeepVolatileKeys bool
	// KeepParents keeps parent disks whose last child a Destroy_Task removed;
	// by default they are deleted.
	KeepParents bool
	// SameChildNames lets CreateChildVM_Task make a second VM of a name in a
	// vApp: the API reference has no DuplicateName among its faults. By default
	// it is refused, as CreateVM_Task refuses it.
	SameChildNames bool
	// NoSerialRedial leaves the serial ports of VMs that are powered on from
	// then on without their proxy once the connection has ended, or hasn't come
	// about; by default it is dialled again.
	NoSerialRedial bool
}

// Service is the model at work.
type Service struct {
	Inv      *inventory.Inventory
	Mux      *rpc.Mux
	Sessions *rpc.Sessions
	Tasks    *task.Manager
	Driver   guest.Driver
	Disks    guest.DiskStore
	Users    map[string]string // name → password
	Log      *slog.Logger
	Root     string // directory that holds a directory per datastore

	ctx        context.Context
	content    types.ServiceContent
	locks      datastore.Locks
	names      reservations
	machines   machines
	collectors *collectors
	disks      *diskIndex
	events     *eventLog

	mu       sync.Mutex
	switches Switches
}

// Config is what New needs.
type Config struct {
	Root     string
	Driver   guest.Driver
	Disks    guest.DiskStore
	Users    map[string]string
	Log      *slog.Logger
	Switches Switches
}

// New makes a service on inv. Its objects come from Build or Restore.
func New(ctx context.Context, inv *inventory.Inventory, c Config) *Service {
	s := &Service{
		Inv: inv, Mux: rpc.NewMux(), Tasks: task.NewManager(ctx, inv), Driver: c.Driver, Disks: c.Disks,
		Users: c.Users, Log: c.Log, Root: c.Root, ctx: ctx, switches: c.Switches, events: newEventLog(),
	}
	s.collectors = newCollectors(inv)
	s.disks = newDiskIndex()
	s.Sessions = rpc.NewSessions(s.sessionEnded)
	inv.BeforeCommit(s.maintainViews)
	inv.Listen(s.disks)
	inv.Listen(s.collectors)
	s.handlers()
	return s
}

// SetSwitches changes the behaviours from now on.
func (s *Service) SetSwitches(sw Switches) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.switches = sw
}

// CurrentSwitches gives the behaviours in force.
func (s *Service) CurrentSwitches() Switches {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.switches
}

func (s *Service) handlers() {
	s.sessionHandlers()
	s.propertyHandlers()
	s.viewHandlers()
	s.taskHandlers()
	s.searchHandlers()
	s.folderHandlers()
	s.poolHandlers()
	s.vAppHandlers()
	s.machineHandlers()
	s.networkHandlers()
	s.fileHandlers()
	s.diskHandlers()
	s.browserHandlers()
	s.fieldHandlers()
	s.eventHandlers()
	s.authorizationHandlers()
}

// entityName gives the name of the entity ref, or "".
func entityName(r inventory.Reader, ref Ref) string {
	if e := inventory.EntityOf(r.Lookup(ref)); e != nil {
		return e.Name
	}
	return ""
}

// parseSpecs compiles filter specs.
func parseSpecs(in []types.PropertyFilterSpec) (specs []*property.Spec, err error) {
	for _, s := range in {
		spec, err := property.Compile(s)
		if err != nil {
			return nil, err
		}
		specs = append(specs, spec)
	}
	return specs, nil
}
