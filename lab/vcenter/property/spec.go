package property

import (
	"reflect"
	"sort"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
)

// propSpec says which properties are wanted of one type's objects.
type propSpec struct {
	kind  string
	all   bool
	paths []*Path
}

// traversal is a TraversalSpec with its named references resolved.
type traversal struct {
	kind string
	path *Path
	skip bool
	next *selectSet
}

// selectSet is where to go from an object.
type selectSet struct{ traversals []*traversal }

type root struct {
	obj  types.ManagedObjectReference
	skip bool
	next *selectSet
}

// Spec is a checked PropertyFilterSpec.
type Spec struct {
	props         []propSpec
	roots         []root
	reportMissing bool
}

// Compile checks a filter spec the way a vCenter does.
func Compile(in types.PropertyFilterSpec) (*Spec, error) {
	s := &Spec{reportMissing: in.ReportMissingObjectsInResults != nil && *in.ReportMissingObjectsInResults}
	for _, p := range in.PropSet {
		compiled, err := compileProps(p)
		if err != nil {
			return nil, err
		}
		s.props = append(s.props, compiled)
	}
	for _, o := range in.ObjectSet {
		c := &compiler{named: map[string]*traversal{}, source: map[*traversal][]types.BaseSelectionSpec{}}
		next, err := c.compile(o.SelectSet)
		if err != nil {
			return nil, err
		}
		s.roots = append(s.roots, root{obj: o.Obj, skip: o.Skip != nil && *o.Skip, next: next})
	}
	return s, nil
}

func compileProps(p types.PropertySpec) (propSpec, error) {
	out := propSpec{kind: p.Type, all: p.All != nil && *p.All}
	if !knownKind(p.Type) {
		return out, fault.InvalidArgument("specSet.propSet.type")
	}
	for _, text := range p.PathSet {
		path, ok := ParsePath(text)
		if t := kinds[p.Type]; ok && t != nil {
			ok = path.validFor(t)
		}
		if !ok {
			return out, fault.New(&types.InvalidProperty{Name: text})
		}
		out.paths = append(out.paths, path)
	}
	return out, nil
}

// KeyedPath gives a path of the spec that names a member of an array, or nil.
func (s *Spec) KeyedPath() *Path {
	for i := range s.props {
		for _, path := range s.props[i].paths {
			if path.Keyed() {
				return path
			}
		}
	}
	return nil
}

// compiler resolves named selection specs, which may refer to each other in
// circles, also before they are defined.
type compiler struct {
	named  map[string]*traversal
	source map[*traversal][]types.BaseSelectionSpec
	order  []*traversal
}

func (c *compiler) compile(set []types.BaseSelectionSpec) (*selectSet, error) {
	top, err := c.define(set)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(c.order); i++ {
		t := c.order[i]
		if t.next, err = c.resolve(c.source[t]); err != nil {
			return nil, err
		}
	}
	if err := c.fill(top, set); err != nil {
		return nil, err
	}
	return top, nil
}

// define makes a traversal of each TraversalSpec, however deep it stands.
func (c *compiler) define(set []types.BaseSelectionSpec) (*selectSet, error) {
	for _, s := range set {
		ts, ok := s.(*types.TraversalSpec)
		if !ok {
			continue
		}
		path, valid := ParsePath(ts.Path)
		if t := kinds[ts.Type]; valid && t != nil {
			valid = path.validFor(t)
		}
		if !knownKind(ts.Type) {
			return nil, fault.InvalidArgument("specSet.objectSet.selectSet.type")
		}
		if !valid {
			return nil, fault.New(&types.InvalidProperty{Name: ts.Path})
		}
		t := &traversal{kind: ts.Type, path: path, skip: ts.Skip != nil && *ts.Skip}
		name := ts.Name
		if name == "" {
			name = anonymous(ts)
		}
		c.named[name] = t
		c.source[t] = ts.SelectSet
		c.order = append(c.order, t)
		if _, err := c.define(ts.SelectSet); err != nil {
			return nil, err
		}
	}
	return &selectSet{}, nil
}

func (c *compiler) resolve(set []types.BaseSelectionSpec) (*selectSet, error) {
	out := &selectSet{}
	return out, c.fill(out, set)
}

func (c *compiler) fill(out *selectSet, set []types.BaseSelectionSpec) error {
	for _, s := range set {
		name := s.GetSelectionSpec().Name
		if ts, ok := s.(*types.TraversalSpec); ok && name == "" {
			name = anonymous(ts)
		}
		t, ok := c.named[name]
		if !ok {
			return fault.InvalidArgument("specSet.objectSet.selectSet.name")
		}
		out.traversals = append(out.traversals, t)
	}
	return nil
}

// pathsFor gives what the spec wants of obj; selected is false where no
// PropertySpec covers its type. invalid is a path that its type doesn't have.
func (s *Spec) pathsFor(obj any) (paths []*Path, selected bool, invalid string) {
	t := reflect.TypeOf(obj)
	seen := map[string]bool{}
	for i := range s.props {
		p := &s.props[i]
		if !IsA(obj, p.kind) {
			continue
		}
		selected = true
		list := p.paths
		if p.all {
			list = allPaths(t)
		}
		for _, path := range list {
			if seen[path.text] {
				continue
			}
			seen[path.text] = true
			if !path.validFor(t) {
				return nil, true, path.text
			}
			paths = append(paths, path)
		}
	}
	return paths, selected, ""
}

func allPaths(t reflect.Type) []*Path {
	var paths []*Path
	for name := range fieldsOf(t.Elem()) {
		paths = append(paths, &Path{text: name, steps: []step{{name: name}}})
	}
	sort.Slice(paths, func(i, j int) bool { return paths[i].text < paths[j].text })
	return paths
}
