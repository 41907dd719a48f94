package ops

import (
	"slices"
	"strconv"
	"sync"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/property"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

// rest is what is left of a cut answer.
type rest struct {
	content []types.ObjectContent
	max     int
}

// collectors are the property collectors of all sessions.
type collectors struct {
	inv     *inventory.Inventory
	assumed func() control.Assumptions
	// view gives the inventory as a session sees it.
	view func(*rpc.Session) func(inventory.Reader) inventory.Reader

	mu    sync.Mutex
	bySes map[*rpc.Session]*sessionCollectors
	token int
}

type sessionCollectors struct {
	collectors map[Ref]*property.Collector
	filters    map[Ref]Ref // filter → its collector
	views      map[Ref]bool
	rests      map[string]rest
}

func newCollectors(inv *inventory.Inventory, assumed func() control.Assumptions, view func(*rpc.Session) func(inventory.Reader) inventory.Reader) *collectors {
	return &collectors{inv: inv, assumed: assumed, view: view, bySes: map[*rpc.Session]*sessionCollectors{}}
}

func (cs *collectors) of(session *rpc.Session) *sessionCollectors {
	sc := cs.bySes[session]
	if sc == nil {
		sc = &sessionCollectors{map[Ref]*property.Collector{}, map[Ref]Ref{}, map[Ref]bool{}, map[string]rest{}}
		cs.bySes[session] = sc
	}
	return sc
}

// changesRights says whether a commit changed what somebody may see.
func changesRights(changes []inventory.Change) bool {
	for _, c := range changes {
		if c.Ref.Type == "AuthorizationManager" {
			return true
		}
		before, after := inventory.EntityOf(c.Before), inventory.EntityOf(c.After)
		if before != nil && after != nil && !slices.EqualFunc(before.Permission, after.Permission, samePermission) {
			return true
		}
	}
	return false
}

func samePermission(a, b types.Permission) bool {
	return a.Principal == b.Principal && a.RoleId == b.RoleId && a.Propagate == b.Propagate
}

// Committed tells every collector what changed.
func (cs *collectors) Committed(_ inventory.Reader, changes []inventory.Change) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	rights := changesRights(changes)
	for _, sc := range cs.bySes {
		for _, c := range sc.collectors {
			if rights {
				c.LookAgain()
			}
			c.Mark(changes)
		}
	}
}

// markAll makes every collector compare all that it has told anew.
func (cs *collectors) markAll() {
	cs.inv.Exclusive(func(inventory.Reader) {
		cs.mu.Lock()
		defer cs.mu.Unlock()
		for _, sc := range cs.bySes {
			for _, c := range sc.collectors {
				c.MarkAll()
			}
		}
	})
}

func (cs *collectors) add(session *rpc.Session, ref Ref) *property.Collector {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	c := property.NewCollector(cs.inv, cs.assumed, cs.view(session))
	cs.of(session).collectors[ref] = c
	return c
}

// find gives the collector that c calls: its session's own, or its session's
// share of the one that all sessions have.
func (cs *collectors) find(c *rpc.Call) (*property.Collector, error) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	sc := cs.of(c.Session)
	if found := sc.collectors[c.This]; found != nil {
		return found, nil
	}
	if c.This.Value != "propertyCollector" {
		return nil, inventory.NotFound(c.This)
	}
	shared := property.NewCollector(cs.inv, cs.assumed, cs.view(c.Session))
	sc.collectors[c.This] = shared
	return shared, nil
}

func (cs *collectors) remove(session *rpc.Session, ref Ref) (filters []Ref) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	sc := cs.of(session)
	delete(sc.collectors, ref)
	for f, owner := range sc.filters {
		if owner == ref {
			filters = append(filters, f)
			delete(sc.filters, f)
		}
	}
	return filters
}

func (cs *collectors) owned(session *rpc.Session, filter, collector Ref) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.of(session).filters[filter] = collector
}

func (cs *collectors) disowned(session *rpc.Session, filter Ref) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	delete(cs.of(session).filters, filter)
}

func (cs *collectors) collectorOf(session *rpc.Session, filter Ref) (Ref, *property.Collector) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	sc := cs.of(session)
	ref := sc.filters[filter]
	return ref, sc.collectors[ref]
}

func (cs *collectors) keep(session *rpc.Session, r rest) string {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.token++
	token := strconv.Itoa(cs.token)
	cs.of(session).rests[token] = r
	return token
}

func (cs *collectors) takeRest(session *rpc.Session, token string) (rest, bool) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	sc := cs.of(session)
	r, ok := sc.rests[token]
	delete(sc.rests, token)
	return r, ok
}

// drop forgets a session and gives the objects that were its own.
func (cs *collectors) drop(session *rpc.Session) (refs []Ref) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	sc := cs.bySes[session]
	if sc == nil {
		return nil
	}
	delete(cs.bySes, session)
	for ref := range sc.collectors {
		if ref.Value != "propertyCollector" {
			refs = append(refs, ref)
		}
	}
	for ref := range sc.filters {
		refs = append(refs, ref)
	}
	for ref := range sc.views {
		refs = append(refs, ref)
	}
	return refs
}

// sessionEnded takes away what belonged to a session.
func (s *Service) sessionEnded(session *rpc.Session) {
	refs := s.collectors.drop(session)
	_ = s.Inv.Update(func(tx *inventory.Tx) error {
		for _, ref := range refs {
			tx.Remove(ref)
		}
		return nil
	})
}
