package ops

import (
	"regexp"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// maxNameLength is vCenter's bound on inventory names.
const maxNameLength = 80

// strayPercent finds a '%' that starts no escape sequence.
var strayPercent = regexp.MustCompile(`%($|[^0-9A-Fa-f]|.$|.[^0-9A-Fa-f])`)

// checkName refuses names that a vCenter refuses. A '%' must be escaped unless
// it starts an escape sequence itself (API reference, CreateVApp and others); an
// unescaped '/' or '\' is encoded by vCenter itself.
func (s *Service) checkName(name string) (string, error) {
	longest := maxNameLength
	if s.Assumed().ShortNames {
		longest--
	}
	name = strings.NewReplacer("/", "%2f", `\`, "%5c").Replace(name)
	if strings.TrimSpace(name) == "" || len(name) > longest || strayPercent.MatchString(name) {
		return "", fault.New(&types.InvalidName{Name: name})
	}
	return name, nil
}

// childrenOf lists what shares a name space with parent's children.
func childrenOf(parent inventory.Object) []Ref {
	switch p := parent.(type) {
	case *mo.Folder:
		return p.ChildEntity
	case *mo.ResourcePool:
		return p.ResourcePool
	case *mo.VirtualApp:
		return append(append([]Ref(nil), p.ResourcePool.ResourcePool...), p.Vm...)
	}
	return nil
}

// checkUnique refuses a name that a sibling has. self may keep its own.
func checkUnique(r inventory.Reader, parent Ref, name string, self *Ref) error {
	for _, ref := range r.Named(parent, name) {
		if self == nil || ref != *self {
			return fault.New(&types.DuplicateName{Name: name, Object: ref})
		}
	}
	return nil
}

// setName names an object everywhere where its name stands.
func setName(o inventory.Object, name string) {
	if e := inventory.EntityOf(o); e != nil {
		e.Name = name
	}
	switch x := o.(type) {
	case *mo.VirtualMachine:
		x.Summary.Config.Name = name
		if x.Config != nil {
			x.Config.Name = name
		}
	case *mo.VirtualApp:
		x.Summary.GetResourcePoolSummary().Name = name
	case *mo.ResourcePool:
		x.Summary.GetResourcePoolSummary().Name = name
	case *mo.DistributedVirtualPortgroup:
		x.Network.Name, x.Config.Name = name, name
		x.Network.Summary.GetNetworkSummary().Name = name
	case *mo.Network:
		x.Name = name
		x.Summary.GetNetworkSummary().Name = name
	case *mo.VmwareDistributedVirtualSwitch:
		x.Summary.Name = name
		x.Config.GetDVSConfigInfo().Name = name
	case *mo.Datastore:
		x.Summary.Name = name
		x.Info.GetDatastoreInfo().Name = name
	case *mo.HostSystem:
		x.Summary.Config.Name = name
	}
}
