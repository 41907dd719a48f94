package authorization

import (
	"reflect"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/wire"
)

// Need is one privilege that a call demands, and on which entity.
type Need struct {
	Object    Ref
	Privilege string
}

// query gathers what one call needs.
type query struct {
	inventory.Reader
	root  Ref // the root folder: where privileges on what is no entity are checked
	this  Ref
	user  string
	needs []Need
}

// on demands privileges on an entity; on anything else, they are demanded on the
// root folder, as vCenter does for its managers.
func (q *query) on(ref Ref, privileges ...string) {
	o := q.Lookup(ref)
	if o == nil {
		return // the call itself says that it isn't there
	}
	if inventory.EntityOf(o) == nil {
		ref = q.owner(ref)
	}
	for _, p := range privileges {
		q.needs = append(q.needs, Need{ref, p})
	}
}

// owner is the entity on which privileges for what is no entity are checked: a
// host's own managers belong to the host.
func (q *query) owner(ref Ref) (entity Ref) {
	entity = q.root
	if ref.Type == "HostNetworkSystem" {
		for h := range inventory.All[mo.HostSystem](q) {
			if h.ConfigManager.NetworkSystem != nil && *h.ConfigManager.NetworkSystem == ref {
				entity = h.Self
			}
		}
	}
	return entity
}

// onIf demands privileges on an entity that an argument may leave out.
func (q *query) onIf(ref *Ref, privileges ...string) {
	if ref != nil {
		q.on(*ref, privileges...)
	}
}

// onParents demands privileges on what an entity stands in.
func (q *query) onParents(ref Ref, privileges ...string) {
	if o := q.Lookup(ref); o != nil {
		if up := inventory.Parent(o); up != nil {
			q.on(*up, privileges...)
		}
	}
}

// onDatastore demands privileges on the datastore of a path; one that can't be
// parsed or isn't there is the call's own to refuse.
func (q *query) onDatastore(path string, privileges ...string) {
	name, _, ok := strings.Cut(strings.TrimPrefix(path, "["), "]")
	if !ok || !strings.HasPrefix(path, "[") {
		return
	}
	if ref := q.datastore(name); ref != nil {
		q.on(*ref, privileges...)
	}
}

// datastore finds a datastore by name: in the datacenter of the object called,
// where it stands in one, else in any.
func (q *query) datastore(name string) *Ref {
	for _, dc := range q.datacenters() {
		for _, ref := range dc.Datastore {
			if ds, ok := q.Lookup(ref).(*mo.Datastore); ok && ds.Name == name {
				return &ref
			}
		}
	}
	return nil
}

// datacenters gives the one that the object called stands in, else all.
func (q *query) datacenters() (all []*mo.Datacenter) {
	for at := q.Lookup(q.this); at != nil && inventory.EntityOf(at) != nil; {
		if dc, ok := at.(*mo.Datacenter); ok {
			return []*mo.Datacenter{dc}
		}
		up := inventory.Parent(at)
		if up == nil {
			break
		}
		at = q.Lookup(*up)
	}
	q.below(q.root, &all)
	return all
}

func (q *query) below(ref Ref, all *[]*mo.Datacenter) {
	switch x := q.Lookup(ref).(type) {
	case *mo.Datacenter:
		*all = append(*all, x)
	case *mo.Folder:
		for _, child := range x.ChildEntity {
			q.below(child, all)
		}
	}
}

// rules say what a method needs beyond what static does, by method.
var rules = map[string]func(*query, any){}

// rule adds what the method whose request is a T needs, which depends on its
// arguments.
func rule[T any](needs func(*query, *T)) {
	name := reflect.TypeFor[T]().Name()
	if wire.RequestType(name) == nil { // a few methods begin with a small letter
		name = strings.ToLower(name[:1]) + name[1:]
	}
	rules[name] = func(q *query, params any) { needs(q, params.(*T)) }
}

// Needs lists what a call of method on this with params demands of its user.
func Needs(r inventory.Reader, root, this Ref, user, method string, params any) []Need {
	q := &query{Reader: r, root: root, this: this, user: user}
	for _, privilege := range static[method] {
		q.on(this, privilege)
	}
	if dynamic := rules[method]; dynamic != nil {
		dynamic(q, params)
	}
	return q.needs
}

// Covers says whether what a method needs is known.
func Covers(method string) bool {
	_, fixed := static[method]
	return fixed || rules[method] != nil
}

// Fault is what a call gets whose user lacks privileges, all on one object as
// vCenter names them: the first in privilegeId, and since 7.0.3.2 all of them in
// missingPrivileges.
func Fault(missing []Need) *types.NoPermission {
	first := missing[0]
	f := &types.NoPermission{Object: &first.Object, PrivilegeId: first.Privilege}
	byObject := map[Ref]int{}
	for _, need := range missing {
		i, known := byObject[need.Object]
		if !known {
			i = len(f.MissingPrivileges)
			byObject[need.Object] = i
			f.MissingPrivileges = append(f.MissingPrivileges, types.NoPermissionEntityPrivileges{Entity: need.Object})
		}
		f.MissingPrivileges[i].PrivilegeIds = append(f.MissingPrivileges[i].PrivilegeIds, need.Privilege)
	}
	return f
}
