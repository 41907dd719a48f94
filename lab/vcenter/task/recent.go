package task

import (
	"slices"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// How long finished tasks stay to be seen, and how many at most (of those that
// finished more than graceTime ago).
const (
	retention  = 10 * time.Minute
	graceTime  = 30 * time.Second
	maxRecents = 2000
)

type finished struct {
	ref types.ManagedObjectReference
	at  time.Time
}

func editRecent(tx *inventory.Tx, entity inventory.Ref, change func([]inventory.Ref) []inventory.Ref) {
	if inventory.EntityOf(tx.Lookup(entity)) == nil {
		return
	}
	if o, err := tx.Edit(entity); err == nil {
		e := inventory.EntityOf(o)
		e.RecentTask = change(e.RecentTask)
	}
}

// prune forgets tasks that finished long ago.
func (m *Manager) prune(tx *inventory.Tx) {
	m.mu.Lock()
	defer m.mu.Unlock()
	gone := map[inventory.Ref]bool{}
	for len(m.done) > 0 {
		age := time.Since(m.done[0].at)
		if age < graceTime || age < retention && len(m.done) <= maxRecents {
			break
		}
		gone[m.done[0].ref] = true
		m.done = m.done[1:]
	}
	if len(gone) == 0 {
		return
	}
	manager := inventory.MustEdit[mo.TaskManager](tx, m.self)
	var kept []inventory.Ref
	for _, ref := range manager.RecentTask {
		if !gone[ref] {
			kept = append(kept, ref)
		}
	}
	manager.RecentTask = kept
	for ref := range gone {
		if tx.Lookup(ref) != nil {
			tx.Remove(ref)
		}
	}
}

// Forget drops every task, as a restarted vCenter does, also from the objects
// that they are about. Their work goes on.
func (m *Manager) Forget(tx *inventory.Tx) {
	m.mu.Lock()
	m.done = nil
	m.mu.Unlock()
	manager := inventory.MustEdit[mo.TaskManager](tx, m.self)
	manager.RecentTask = nil
	for _, t := range slices.Collect(inventory.All[mo.Task](tx)) {
		if t.Info.Entity != nil {
			editRecent(tx, *t.Info.Entity, func(list []inventory.Ref) []inventory.Ref { return inventory.RemoveRef(list, t.Self) })
		}
		tx.Remove(t.Self)
	}
}
