// Package ops is what the vCenter's methods do, object by object.
package ops

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
	"github.com/vic-operator/vic-operator/lab/vcenter/authorization"
	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/property"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

// Ref is a managed object reference.
type Ref = types.ManagedObjectReference

// Service is the model at work.
type Service struct {
	Inv      *inventory.Inventory
	Mux      *rpc.Mux
	Sessions *rpc.Sessions
	Tasks    *task.Manager
	Driver   guest.Driver
	Disks    guest.DiskStore
	// Checked is what calls demanded of their users.
	Checked authorization.Recorder
	Log     *slog.Logger
	Root    string // directory that holds a directory per datastore

	ctx        context.Context
	content    types.ServiceContent
	locks      datastore.Locks
	names      reservations
	namespaces sync.Mutex // held while a top-level directory of an object store is made
	machines   machines
	heard      task.Queues // what guests say, in order
	hosts      hostLinks
	latePower  latePower
	collectors *collectors
	disks      *diskIndex
	busy       busyVApps
	events     *eventLog
	accounts   accounts

	assumed atomic.Pointer[control.Assumptions]
}

// Config is what New needs.
type Config struct {
	Root     string
	Driver   guest.Driver
	Disks    guest.DiskStore
	Users    map[string]string // administrators: name → password
	Accounts []Account
	Log      *slog.Logger
	Assume   control.Assumptions
}

// New makes a service on inv. Its objects come from Build or Restore.
func New(ctx context.Context, inv *inventory.Inventory, c Config) *Service {
	s := &Service{
		Inv: inv, Mux: rpc.NewMux(), Driver: c.Driver, Disks: c.Disks,
		Log: c.Log, Root: c.Root, ctx: ctx, events: newEventLog(),
	}
	s.assumed.Store(&c.Assume)
	s.accounts.begin(c.Users, c.Accounts)
	s.Tasks = task.NewManager(ctx, inv, s.Assumed)
	s.collectors = newCollectors(inv, s.Assumed, s.view)
	s.disks = newDiskIndex()
	s.Sessions = rpc.NewSessions(s.sessionEnded)
	go s.expireSessions(ctx)
	inv.BeforeCommit(s.maintainViews)
	inv.Listen(s.disks)
	inv.Listen(s.collectors)
	s.handlers()
	return s
}

// Assume changes behaviours from now on.
func (s *Service) Assume(a control.Assumptions) {
	s.assumed.Store(&a)
	s.collectors.markAll() // what is there may look otherwise now
}

// Assumed gives the behaviours in force.
func (s *Service) Assumed() control.Assumptions { return *s.assumed.Load() }

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
	s.snapshotHandlers()
	s.hostHandlers()
	s.networkHandlers()
	s.hostNetworkHandlers()
	s.fileHandlers()
	s.namespaceHandlers()
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
func (s *Service) parseSpecs(in []types.PropertyFilterSpec) (specs []*property.Spec, err error) {
	for _, each := range in {
		spec, err := s.parseSpec(each)
		if err != nil {
			return nil, err
		}
		specs = append(specs, spec)
	}
	return specs, nil
}

func (s *Service) parseSpec(in types.PropertyFilterSpec) (*property.Spec, error) {
	spec, err := property.Compile(in)
	if err != nil {
		return nil, err
	}
	if keyed := spec.KeyedPath(); keyed != nil && s.Assumed().NoKeyedPaths {
		return nil, fault.New(&types.InvalidProperty{Name: keyed.String()})
	}
	return spec, nil
}
