package ops

import (
	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// World says what a new inventory holds.
type World struct {
	// Bare is an ESXi host without vCenter: it has one datacenter, which has one
	// host, and no folders, vApps, distributed switches or custom attributes.
	Bare        bool
	Datacenters []Datacenter
	InstanceID  string // the vCenter's own UUID; "" makes one
}

// Datacenter is one of a new inventory. Names of its datastores are its alone.
type Datacenter struct {
	Name       string
	Folders    []string // that hold it, from the root's on
	Computes   []Compute
	Datastores []Datastore
	Switch     string      // distributed; "" for none
	Networks   []string    // port groups of every host's standard switch
	Portgroups []Portgroup // of the distributed switch
}

// Compute is a cluster of a new inventory, or one host that is in none.
type Compute struct {
	Name       string // of a cluster; a host that is in none gives its own
	Folders    []string
	Hosts      int
	DRS        bool
	Standalone bool
}

// Datastore is one of a new inventory.
type Datastore struct {
	Name string
	Type string // VMFS, NFS, vsan or VVOL
}

// Portgroup is a distributed port group of a new inventory.
type Portgroup struct {
	Name string
	VLAN int32
}

// Build makes a new inventory.
func (s *Service) Build(w World) error {
	if w.InstanceID == "" && !w.Bare {
		w.InstanceID = uuid.NewString()
	}
	return s.Inv.Update(func(tx *inventory.Tx) error {
		s.managers(tx, w.Bare, w.InstanceID)
		root := &mo.Folder{ChildType: []string{"Folder", "Datacenter"}}
		name := "Datacenters"
		if w.Bare {
			name = "ha-folder-root"
		}
		root.ManagedEntity = newEntity(s.content.RootFolder, nil, name)
		tx.Add(root)
		hosts := 0
		for _, dc := range w.Datacenters {
			b := &builder{s: s, tx: tx, w: dc, bare: w.Bare, hosts: &hosts}
			if err := b.build(root); err != nil {
				return err
			}
		}
		tx.Add(&mo.EnvironmentBrowser{Self: Ref{Type: "EnvironmentBrowser", Value: "envbrowser-1"}})
		s.administer(tx)
		s.grantAll(tx)
		return nil
	})
}

// bare says whether this is an ESXi host without vCenter.
func (s *Service) bare() bool { return s.content.About.ApiType == "HostAgent" }

// builder makes one datacenter.
type builder struct {
	s     *Service
	tx    *inventory.Tx
	w     Datacenter
	bare  bool
	hosts *int // of the whole inventory, by which they are named

	dc                         *mo.Datacenter
	vmFolder, hostFolder       *mo.Folder
	storeFolder, networkFolder *mo.Folder
	computes                   []*mo.ComputeResource
	hostRefs, storeRefs        []Ref
}

func (b *builder) build(root *mo.Folder) error {
	b.datacenter(b.folders(root, b.w.Folders, "group-d"))
	for _, compute := range b.w.Computes {
		b.computeResource(compute)
	}
	if err := b.datastores(); err != nil {
		return err
	}
	for _, name := range b.w.Networks {
		if err := b.network(name); err != nil {
			return err
		}
	}
	if b.w.Switch == "" {
		return nil
	}
	return b.distributedSwitch()
}

// ref makes a reference; the objects of a bare host have their own, fixed ones.
func (b *builder) ref(kind, prefix, ofBareHost string) Ref {
	if b.bare {
		return Ref{Type: kind, Value: ofBareHost}
	}
	return b.tx.NewRef(kind, prefix)
}

// folders makes folders below each other where they aren't there, and gives the
// last.
func (b *builder) folders(parent *mo.Folder, names []string, prefix string) *mo.Folder {
	for _, name := range names {
		found := b.tx.Named(parent.Self, name)
		if len(found) == 0 {
			found = []Ref{b.s.addFolder(b.tx, parent, name, prefix, parent.ChildType)}
		}
		parent = inventory.MustEdit[mo.Folder](b.tx, found[0])
	}
	return parent
}

func (b *builder) datacenter(parent *mo.Folder) {
	ref := b.ref("Datacenter", "datacenter", "ha-datacenter")
	b.dc = &mo.Datacenter{}
	b.dc.ManagedEntity = newEntity(ref, &parent.Self, b.w.Name)
	parent.ChildEntity = append(parent.ChildEntity, ref)
	folder := func(name, prefix string, kinds ...string) *mo.Folder {
		f := &mo.Folder{ChildType: kinds}
		r := Ref{Type: "Folder", Value: "ha-folder-" + name}
		if !b.bare {
			f.ChildType = append([]string{"Folder"}, kinds...)
			r = b.tx.NewRef("Folder", prefix)
			r.Value = prefix + r.Value[len(prefix)+1:]
		}
		f.ManagedEntity = newEntity(r, &ref, name)
		b.tx.Add(f)
		return f
	}
	vmKinds := []string{"VirtualMachine", "VirtualApp"}
	if b.bare {
		vmKinds = vmKinds[:1]
	}
	b.vmFolder = folder("vm", "group-v", vmKinds...)
	b.hostFolder = folder("host", "group-h", "ComputeResource")
	b.storeFolder = folder("datastore", "group-s", "Datastore", "StoragePod")
	b.networkFolder = folder("network", "group-n", "Network", "DistributedVirtualSwitch")
	b.dc.VmFolder, b.dc.HostFolder = b.vmFolder.Self, b.hostFolder.Self
	b.dc.DatastoreFolder, b.dc.NetworkFolder = b.storeFolder.Self, b.networkFolder.Self
	b.tx.Add(b.dc)
}

func newRootPool(ref, owner Ref) mo.ResourcePool {
	unlimited := types.ResourceAllocationInfo{Reservation: types.NewInt64(0), ExpandableReservation: types.NewBool(true), Limit: types.NewInt64(-1),
		Shares: &types.SharesInfo{Level: types.SharesLevelNormal}}
	var above mo.ResourcePool
	above.Self, above.Owner = owner, owner
	return newPool(ref, &above, "Resources", types.ResourceConfigSpec{CpuAllocation: unlimited, MemoryAllocation: unlimited})
}
