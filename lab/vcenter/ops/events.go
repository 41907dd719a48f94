package ops

import (
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/property"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

// maxEvents is how many events are kept.
const maxEvents = 10000

// eventLog keeps the newest events, and where they happened: an entity's
// ancestors are gone when somebody asks later.
type eventLog struct {
	mu      sync.Mutex
	entries []eventEntry
	last    int32
	cursors map[Ref]*eventCursor
}

type eventEntry struct {
	event types.BaseEvent
	on    Ref
	in    []Ref // the entity's ancestors
}

type eventCursor struct {
	filter types.EventFilterSpec
	next   int32 // key of the next event to read
	page   int
}

func newEventLog() *eventLog { return &eventLog{cursors: map[Ref]*eventCursor{}} }

// vm posts an event of a VM as part of tx. e's VmEvent part is filled in.
func (l *eventLog) vm(tx *inventory.Tx, e types.BaseEvent, vm *mo.VirtualMachine) {
	event := e.GetEvent()
	event.CreatedTime = time.Now()
	event.Vm = &types.VmEventArgument{EntityEventArgument: types.EntityEventArgument{Name: vm.Name}, Vm: vm.Self}
	if h := vm.Runtime.Host; h != nil {
		event.Host = &types.HostEventArgument{EntityEventArgument: types.EntityEventArgument{Name: entityName(tx, *h)}, Host: *h}
	}
	kind := reflect.TypeOf(e).Elem().Name()
	event.FullFormattedMessage = kind + " " + vm.Name
	var in []Ref
	for o := inventory.Object(vm); o != nil && len(in) < 64; {
		up := inventory.Parent(o)
		if up == nil {
			break
		}
		in = append(in, *up)
		o = tx.Lookup(*up)
		if dc, ok := o.(*mo.Datacenter); ok {
			event.Datacenter = &types.DatacenterEventArgument{EntityEventArgument: types.EntityEventArgument{Name: dc.Name}, Datacenter: dc.Self}
		}
	}
	// Only the key depends on the order of commits, and the lock is held.
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	event.Key, event.ChainId = l.last, l.last
	l.entries = append(l.entries, eventEntry{e, vm.Self, in})
	if len(l.entries) > maxEvents {
		l.entries = append([]eventEntry(nil), l.entries[len(l.entries)-maxEvents/2:]...)
	}
}

func (l *eventLog) matching(filter types.EventFilterSpec, from int32) (events []types.BaseEvent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, entry := range l.entries {
		if entry.event.GetEvent().Key >= from && entry.matches(filter) {
			events = append(events, entry.event)
		}
	}
	return events
}

func (e *eventEntry) matches(f types.EventFilterSpec) bool {
	if f.Entity != nil {
		self, below := e.on == f.Entity.Entity, slices.Contains(e.in, f.Entity.Entity)
		switch f.Entity.Recursion {
		case types.EventFilterSpecRecursionOptionSelf:
			below = false
		case types.EventFilterSpecRecursionOptionChildren:
			below = len(e.in) > 0 && e.in[0] == f.Entity.Entity
		}
		if !self && !below {
			return false
		}
	}
	at := e.event.GetEvent().CreatedTime
	if f.Time != nil && (f.Time.BeginTime != nil && at.Before(*f.Time.BeginTime) || f.Time.EndTime != nil && at.After(*f.Time.EndTime)) {
		return false
	}
	if len(f.EventTypeId)+len(f.Type) == 0 {
		return true
	}
	for _, kind := range append(append([]string(nil), f.EventTypeId...), f.Type...) {
		if kind == "vim.event."+reflect.TypeOf(e.event).Elem().Name() || property.IsA(e.event, kind) {
			return true
		}
	}
	return false
}

func (s *Service) eventHandlers() {
	m := s.Mux
	rpc.Handle(m, "EventManager", func(_ *rpc.Call, r *types.QueryEvents) (*types.QueryEventsResponse, error) {
		events := s.events.matching(r.Filter, 0)
		if len(events) > 1000 {
			events = events[len(events)-1000:]
		}
		return &types.QueryEventsResponse{Returnval: events}, s.checkFilter(r.Filter)
	})
	rpc.Handle(m, "EventManager", s.createEventCollector)
	rpc.Handle(m, "EventHistoryCollector", s.readNext)
	rpc.Handle(m, "HistoryCollector", func(c *rpc.Call, r *types.SetCollectorPageSize) (*types.SetCollectorPageSizeResponse, error) {
		if r.MaxCount <= 0 || r.MaxCount > 1000 {
			return nil, fault.InvalidArgument("maxCount")
		}
		return &types.SetCollectorPageSizeResponse{}, s.withCursor(c.This, func(cur *eventCursor) { cur.page = int(r.MaxCount) })
	})
	rpc.Handle(m, "HistoryCollector", func(c *rpc.Call, _ *types.RewindCollector) (*types.RewindCollectorResponse, error) {
		return &types.RewindCollectorResponse{}, s.withCursor(c.This, func(cur *eventCursor) { cur.next = 0 })
	})
	rpc.Handle(m, "HistoryCollector", func(c *rpc.Call, _ *types.ResetCollector) (*types.ResetCollectorResponse, error) {
		return &types.ResetCollectorResponse{}, s.withCursor(c.This, func(cur *eventCursor) { cur.next = s.events.last + 1 })
	})
	rpc.Handle(m, "HistoryCollector", func(c *rpc.Call, _ *types.DestroyCollector) (*types.DestroyCollectorResponse, error) {
		return &types.DestroyCollectorResponse{}, s.Inv.Update(func(tx *inventory.Tx) error {
			s.events.mu.Lock()
			delete(s.events.cursors, c.This)
			s.events.mu.Unlock()
			tx.Remove(c.This)
			return nil
		})
	})
}

func (s *Service) checkFilter(f types.EventFilterSpec) error {
	if f.Entity != nil {
		return s.exist(f.Entity.Entity)
	}
	return nil
}

func (s *Service) withCursor(ref Ref, change func(*eventCursor)) error {
	s.events.mu.Lock()
	defer s.events.mu.Unlock()
	cur := s.events.cursors[ref]
	if cur == nil {
		return inventory.NotFound(ref)
	}
	change(cur)
	return nil
}

func (s *Service) createEventCollector(_ *rpc.Call, r *types.CreateCollectorForEvents) (*types.CreateCollectorForEventsResponse, error) {
	if err := s.checkFilter(r.Filter); err != nil {
		return nil, err
	}
	var ref Ref
	err := s.Inv.Update(func(tx *inventory.Tx) error {
		ref = tx.NewRef("EventHistoryCollector", "eventCollector")
		c := &mo.EventHistoryCollector{HistoryCollector: mo.HistoryCollector{Self: ref, Filter: r.Filter}}
		events := s.events.matching(r.Filter, 0)
		for i := len(events) - 1; i >= 0 && len(c.LatestPage) < 10; i-- {
			c.LatestPage = append(c.LatestPage, events[i])
		}
		tx.Add(c)
		s.events.mu.Lock()
		s.events.cursors[ref] = &eventCursor{filter: r.Filter, page: 10}
		s.events.mu.Unlock()
		return nil
	})
	return &types.CreateCollectorForEventsResponse{Returnval: ref}, err
}

func (s *Service) readNext(c *rpc.Call, r *types.ReadNextEvents) (*types.ReadNextEventsResponse, error) {
	if r.MaxCount <= 0 || r.MaxCount > 1000 {
		return nil, fault.InvalidArgument("maxCount")
	}
	var filter types.EventFilterSpec
	var from int32
	if err := s.withCursor(c.This, func(cur *eventCursor) { filter, from = cur.filter, cur.next }); err != nil {
		return nil, err
	}
	events := s.events.matching(filter, from)
	if len(events) > int(r.MaxCount) {
		events = events[:r.MaxCount]
	}
	if n := len(events); n > 0 {
		next := events[n-1].GetEvent().Key + 1
		_ = s.withCursor(c.This, func(cur *eventCursor) { cur.next = next })
	}
	return &types.ReadNextEventsResponse{Returnval: events}, nil
}
