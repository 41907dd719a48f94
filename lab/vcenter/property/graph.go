package property

import (
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// nodeKey is one way of having reached an object: with which selections still
// to follow, and whether the object itself is reported.
type nodeKey struct {
	ref    types.ManagedObjectReference
	next   *selectSet
	report bool
}

type node struct {
	count int       // roots and edges that lead here
	out   []nodeKey // in traversal order
}

// graph is what a filter's traversals reach, kept up to date change by change:
// an object that changes has its own edges looked at, nothing else.
type graph struct {
	spec    *Spec
	nodes   map[nodeKey]*node
	byRef   map[types.ManagedObjectReference][]nodeKey
	reports map[types.ManagedObjectReference]int // reporting nodes per object
	touched map[types.ManagedObjectReference]struct{}
	stale   bool // a circle may have been cut off: traverse anew
}

func newGraph(spec *Spec) *graph {
	g := &graph{spec: spec, touched: map[types.ManagedObjectReference]struct{}{}}
	g.clear()
	return g
}

func (g *graph) clear() {
	g.nodes = map[nodeKey]*node{}
	g.byRef = map[types.ManagedObjectReference][]nodeKey{}
	g.reports = map[types.ManagedObjectReference]int{}
	g.stale = false
}

// build traverses from the roots.
func (g *graph) build(r inventory.Reader) {
	for ref := range g.reports {
		g.touched[ref] = struct{}{}
	}
	g.clear()
	for i := range g.spec.roots {
		root := &g.spec.roots[i]
		g.enter(r, nodeKey{root.obj, root.next, !root.skip})
	}
}

func (g *graph) enter(r inventory.Reader, k nodeKey) {
	if n, ok := g.nodes[k]; ok {
		n.count++
		return
	}
	n := &node{count: 1}
	g.nodes[k] = n
	g.byRef[k.ref] = append(g.byRef[k.ref], k)
	if k.report {
		g.reports[k.ref]++
		g.touched[k.ref] = struct{}{}
	}
	n.out = g.edges(r, k)
	for _, target := range n.out {
		g.enter(r, target)
	}
}

func (g *graph) edges(r inventory.Reader, k nodeKey) []nodeKey {
	if len(k.next.traversals) == 0 {
		return nil
	}
	obj := r.Lookup(k.ref)
	if obj == nil {
		return nil
	}
	var out []nodeKey
	for _, t := range k.next.traversals {
		if !IsA(obj, t.kind) {
			continue
		}
		for _, ref := range t.path.Refs(obj) {
			out = append(out, nodeKey{ref, t.next, !t.skip})
		}
	}
	return out
}

// changed looks at ref's edges again.
func (g *graph) changed(r inventory.Reader, ref types.ManagedObjectReference) {
	for _, k := range append([]nodeKey(nil), g.byRef[ref]...) {
		n, ok := g.nodes[k]
		if !ok || len(k.next.traversals) == 0 {
			continue
		}
		old, now := n.out, g.edges(r, k)
		n.out = now
		added, removed := difference(old, now)
		for _, target := range added {
			g.enter(r, target)
		}
		for _, target := range removed {
			g.release(target)
		}
	}
}

func (g *graph) release(k nodeKey) {
	n, ok := g.nodes[k]
	if !ok {
		return
	}
	if n.count--; n.count > 0 {
		g.stale = g.stale || len(n.out) > 0
		return
	}
	delete(g.nodes, k)
	keys := g.byRef[k.ref]
	for i := range keys {
		if keys[i] == k {
			keys = append(keys[:i:i], keys[i+1:]...)
			break
		}
	}
	if g.byRef[k.ref] = keys; len(keys) == 0 {
		delete(g.byRef, k.ref)
	}
	if k.report {
		if g.reports[k.ref]--; g.reports[k.ref] == 0 {
			delete(g.reports, k.ref)
		}
		g.touched[k.ref] = struct{}{}
	}
	for _, target := range n.out {
		g.release(target)
	}
}

// difference says what is only in now, and what is only in old. Long lists
// differ in one place as a rule, so equal ends are skipped first.
func difference(old, now []nodeKey) (added, removed []nodeKey) {
	for len(old) > 0 && len(now) > 0 && old[0] == now[0] {
		old, now = old[1:], now[1:]
	}
	for len(old) > 0 && len(now) > 0 && old[len(old)-1] == now[len(now)-1] {
		old, now = old[:len(old)-1], now[:len(now)-1]
	}
	if len(old) == 0 || len(now) == 0 {
		return now, old
	}
	count := make(map[nodeKey]int, len(old))
	for _, k := range old {
		count[k]++
	}
	for _, k := range now {
		if count[k] > 0 {
			count[k]--
		} else {
			added = append(added, k)
		}
	}
	for _, k := range old {
		if count[k] > 0 {
			count[k]--
			removed = append(removed, k)
		}
	}
	return added, removed
}
