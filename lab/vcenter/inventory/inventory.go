// Package inventory holds the vCenter's managed objects: one tree, one writer
// lock, and one function (Update) through which every change goes.
//
// Objects are immutable once committed. A change clones what it edits, and the
// clone replaces its original at commit; so readers keep what they got without
// a lock, a failed or panicking change leaves nothing behind, and the property
// collectors can compare old and new values at leisure.
package inventory

import (
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// Ref is a managed object reference.
type Ref = types.ManagedObjectReference

// Object is a pointer to one of govmomi's mo structs.
type Object = mo.Reference

// Change is what one commit did to one object: After is nil when it was
// removed, Before when it was created.
type Change struct {
	Ref           Ref
	Before, After Object
}

// Listener is told each commit, under the writer lock: it marks and returns.
type Listener interface {
	Committed(r Reader, changes []Change)
}

// Inventory is the set of managed objects.
type Inventory struct {
	mu        sync.RWMutex
	objects   objects
	names     names
	nextID    int
	listeners []Listener
	derivers  []func(tx *Tx, changes []Change)
	journal   *Journal
	seq       uint64
}

// New makes an empty inventory. The first id it gives is 21, as near as no
// matter to what a fresh vCenter does.
func New() *Inventory {
	return &Inventory{objects: objects{}, names: names{}, nextID: 21}
}

// Listen adds l; it hears every later commit.
func (inv *Inventory) Listen(l Listener) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.listeners = append(inv.listeners, l)
}

// Keep makes j hear every later commit, and Sync wait for it.
func (inv *Inventory) Keep(j *Journal) {
	inv.Listen(j)
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.journal = j
}

// Halt lets no later change outlive the process: for one that is about to die.
func (inv *Inventory) Halt() {
	inv.mu.RLock()
	j := inv.journal
	inv.mu.RUnlock()
	if j != nil {
		j.Halt()
	}
}

// Sync waits until all that was committed before outlives the process. What a
// client is told has to wait for it, as what a file is deleted for.
func (inv *Inventory) Sync() {
	inv.mu.RLock()
	j := inv.journal
	inv.mu.RUnlock()
	if j != nil {
		j.Sync()
	}
}

// BeforeCommit adds fn to every later change: it sees what is about to be
// committed and may edit objects that follow from it. It runs under the lock.
func (inv *Inventory) BeforeCommit(fn func(tx *Tx, changes []Change)) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.derivers = append(inv.derivers, fn)
}

// View runs fn while no change can happen.
func (inv *Inventory) View(fn func(r Reader)) {
	inv.mu.RLock()
	defer inv.mu.RUnlock()
	fn(reader{inv})
}

// Exclusive runs fn under the writer lock without changing objects: for the
// listeners' own books.
func (inv *Inventory) Exclusive(fn func(r Reader)) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	fn(reader{inv})
}

// Lookup gives the object as it is now, or nil.
func (inv *Inventory) Lookup(ref Ref) Object {
	inv.mu.RLock()
	defer inv.mu.RUnlock()
	return inv.objects.at(ref)
}

// Update runs fn and commits what it did, or nothing if it returns an error or
// panics (which is returned as an error). What fn registers with Tx.After runs
// after the commit, outside the lock.
func (inv *Inventory) Update(fn func(tx *Tx) error) error {
	tx := &Tx{inv: inv, edited: map[Ref]Object{}}
	if err := inv.apply(tx, fn); err != nil {
		return err
	}
	for _, after := range tx.after {
		after()
	}
	return nil
}

func (inv *Inventory) apply(tx *Tx, fn func(tx *Tx) error) (err error) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	for _, derive := range inv.derivers {
		derive(tx, inv.changes(tx))
	}
	inv.commit(tx)
	return nil
}

func (inv *Inventory) commit(tx *Tx) {
	if len(tx.order) == 0 {
		return
	}
	inv.seq++
	changes := inv.changes(tx)
	for _, c := range changes {
		inv.names.apply(c)
		inv.objects.put(c.Ref, c.After)
	}
	for _, l := range inv.listeners {
		l.Committed(reader{inv}, changes)
	}
}

// changes lists what tx is about to do.
func (inv *Inventory) changes(tx *Tx) []Change {
	changes := make([]Change, 0, len(tx.order))
	for _, ref := range tx.order {
		c := Change{Ref: ref, Before: inv.objects.at(ref), After: tx.edited[ref]}
		if c.Before != nil || c.After != nil {
			changes = append(changes, c)
		}
	}
	return changes
}
