package property

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// maxObjectsPerUpdate is how many objects a response holds at most, whatever
// the client allows: a vCenter cuts long answers too.
const maxObjectsPerUpdate = 1000

// Collector is one PropertyCollector of one session: filters, and versions.
//
// A version names what the client has. The updates that lead to the newest one
// are kept until the client comes back with it, so an answer that got lost on
// the way is given again instead of being swallowed.
type Collector struct {
	inv     *inventory.Inventory
	assumed func() control.Assumptions
	// see gives the inventory as the collector's session may see it.
	see func(inventory.Reader) inventory.Reader

	mu      sync.Mutex // held while collecting; inventory's lock is taken first
	filters []*Filter
	version int // newest version given out; 0: none
	last    *types.UpdateSet
	backlog []types.PropertyFilterUpdate // computed, not yet given out
	late    time.Time                    // where changes are told late: not before
	wake    chan struct{}
	waiting context.CancelCauseFunc
}

// NewCollector makes a collector without filters, which behaves as assumed and
// looks at the inventory through see.
func NewCollector(inv *inventory.Inventory, assumed func() control.Assumptions, see func(inventory.Reader) inventory.Reader) *Collector {
	return &Collector{inv: inv, assumed: assumed, see: see, wake: make(chan struct{}, 1)}
}

// Mark is called under the inventory's writer lock for every commit.
func (c *Collector) Mark(changes []inventory.Change) {
	concerned := false
	for _, f := range c.filters {
		for i := range changes {
			if f.mark(changes[i].Ref) {
				concerned = true
			}
		}
	}
	if concerned {
		c.delay()
		c.poke()
	}
}

// LookAgain is called under the inventory's writer lock when what may be seen
// has changed.
func (c *Collector) LookAgain() {
	for _, f := range c.filters {
		f.graph.stale = true
	}
	c.poke()
}

// MarkAll makes the collector compare all that it has told anew; called under
// the inventory's writer lock.
func (c *Collector) MarkAll() {
	for _, f := range c.filters {
		for ref := range f.graph.byRef {
			f.dirty[ref] = struct{}{}
		}
	}
	c.poke()
}

// delay holds what is to be told back, where changes are told late.
func (c *Collector) delay() {
	if lag := time.Duration(c.assumed().LagMs) * time.Millisecond; lag > 0 && c.late.IsZero() {
		c.late = time.Now().Add(lag)
		time.AfterFunc(lag, c.poke)
	}
}

func (c *Collector) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// AddFilter and RemoveFilter are called under the inventory's writer lock.
func (c *Collector) AddFilter(f *Filter) {
	c.filters = append(c.filters, f)
	c.poke()
}

// RemoveFilter drops a filter and what was still to be told of it.
func (c *Collector) RemoveFilter(ref types.ManagedObjectReference) bool {
	for i, f := range c.filters {
		if f.Ref != ref {
			continue
		}
		c.filters = append(c.filters[:i:i], c.filters[i+1:]...)
		c.backlog = withoutFilter(c.backlog, ref)
		if c.last != nil {
			kept := *c.last
			kept.FilterSet = withoutFilter(kept.FilterSet, ref)
			c.last = &kept
		}
		return true
	}
	return false
}

func withoutFilter(list []types.PropertyFilterUpdate, ref types.ManagedObjectReference) (kept []types.PropertyFilterUpdate) {
	for _, u := range list {
		if u.Filter != ref {
			kept = append(kept, u)
		}
	}
	return kept
}

// Filters gives the references of the collector's filters; under the lock.
func (c *Collector) Filters() (refs []types.ManagedObjectReference) {
	for _, f := range c.filters {
		refs = append(refs, f.Ref)
	}
	return refs
}

// Wait answers WaitForUpdatesEx: the updates since version, or nil after
// maxWait (negative: for ever). A second Wait ends the first one.
func (c *Collector) Wait(ctx context.Context, version string, maxWait time.Duration, maxObjects int) (*types.UpdateSet, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c.mu.Lock()
	if c.waiting != nil && !c.assumed().ParallelWaits {
		c.waiting(errCanceled)
	}
	c.waiting = cancel
	c.mu.Unlock()

	var timeout <-chan time.Time
	if maxWait >= 0 {
		timer := time.NewTimer(maxWait)
		defer timer.Stop()
		timeout = timer.C
	}
	first := true
	for {
		set, err := c.next(ctx, version, maxObjects, first)
		if set != nil || err != nil {
			return set, err
		}
		first = false
		if maxWait == 0 {
			return nil, nil
		}
		select {
		case <-c.wake:
		case <-timeout:
			return nil, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// Cancel ends a Wait in progress, as CancelWaitForUpdates does.
func (c *Collector) Cancel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting != nil {
		c.waiting(errCanceled)
	}
}

var errCanceled = fault.New(&types.RequestCanceled{})

// next checks version and gives an answer if there is one.
func (c *Collector) next(ctx context.Context, version string, maxObjects int, first bool) (set *types.UpdateSet, err error) {
	c.inv.View(func(r inventory.Reader) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if ctx.Err() != nil { // aborted: give nothing away
			err = context.Cause(ctx)
			return
		}
		if first {
			if set, err = c.acknowledge(version); set != nil || err != nil {
				return
			}
		}
		if len(c.backlog) == 0 && !time.Now().Before(c.late) {
			c.late = time.Time{}
			c.collect(c.see(r))
		}
		set = c.take(maxObjects)
	})
	return set, err
}

// acknowledge takes the client's version: "" starts anew, the newest confirms
// the last answer, the one before asks for it again.
func (c *Collector) acknowledge(version string) (*types.UpdateSet, error) {
	switch {
	case version == "":
		for _, f := range c.filters {
			f.restart()
		}
		c.backlog, c.last, c.late = nil, nil, time.Time{}
		return nil, nil
	case version == strconv.Itoa(c.version) && c.version > 0:
		c.last = nil
		return nil, nil
	case c.last != nil && version == strconv.Itoa(c.version-1) && c.version > 1:
		return c.last, nil
	}
	return nil, fault.New(&types.InvalidCollectorVersion{})
}

func (c *Collector) collect(r inventory.Reader) {
	a := c.assumed()
	for _, f := range c.filters {
		updates, missing := f.collect(lens{r, a}, a)
		if len(updates) > 0 || len(missing) > 0 {
			c.backlog = append(c.backlog, types.PropertyFilterUpdate{Filter: f.Ref, ObjectSet: updates, MissingSet: missing})
		}
	}
}

// take cuts an answer off the backlog.
func (c *Collector) take(maxObjects int) *types.UpdateSet {
	if len(c.backlog) == 0 {
		return nil
	}
	if maxObjects <= 0 || maxObjects > maxObjectsPerUpdate {
		maxObjects = maxObjectsPerUpdate
	}
	if page := c.assumed().UpdatesPerPage; page > 0 {
		maxObjects = min(maxObjects, page)
	}
	set := &types.UpdateSet{}
	for len(c.backlog) > 0 && maxObjects > 0 {
		u := c.backlog[0]
		if len(u.ObjectSet) > maxObjects {
			head := u
			head.ObjectSet = u.ObjectSet[:maxObjects:maxObjects]
			c.backlog[0].ObjectSet, c.backlog[0].MissingSet = u.ObjectSet[maxObjects:], nil
			set.FilterSet = append(set.FilterSet, head)
			break
		}
		maxObjects -= len(u.ObjectSet)
		set.FilterSet = append(set.FilterSet, u)
		c.backlog = c.backlog[1:]
	}
	if len(c.backlog) > 0 {
		truncated := true
		set.Truncated = &truncated
	}
	c.version++
	set.Version = strconv.Itoa(c.version)
	c.last = set
	return set
}
