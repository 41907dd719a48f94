package ops

import (
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// World says what a new vCenter's inventory holds.
type World struct {
	Datacenter string
	Cluster    string
	Hosts      int
	DRS        bool
	Datastores []string
	Switch     string
	Networks   []string // standard networks
	Portgroups []Portgroup
	InstanceID string // the vCenter's own UUID; "" makes one
}

// Portgroup is a distributed port group of a new inventory.
type Portgroup struct {
	Name string
	VLAN int32
}

// DefaultWorld is one cluster with two hosts and two datastores.
func DefaultWorld() World {
	return World{
		Datacenter: "DC0", Cluster: "Compute-1", Hosts: 2, DRS: true, Datastores: []string{"ssd-1", "hdd-1"},
		Switch: "DVS-East", Networks: []string{"VM Network"}, Portgroups: []Portgroup{{"DMZ-110", 110}},
	}
}

// Build makes a new inventory.
func (s *Service) Build(w World) error {
	if w.InstanceID == "" {
		w.InstanceID = uuid.NewString()
	}
	return s.Inv.Update(func(tx *inventory.Tx) error {
		s.managers(tx, w.InstanceID)
		b := &builder{s: s, tx: tx, w: w}
		if err := b.build(); err != nil {
			return err
		}
		s.administer(tx)
		s.grantAll(tx)
		return nil
	})
}

type builder struct {
	s  *Service
	tx *inventory.Tx
	w  World

	dc                            *mo.Datacenter
	vms, hosts, stores, networks  *mo.Folder
	cluster                       *mo.ClusterComputeResource
	hostRefs, storeRefs, netsRefs []Ref
}

func (b *builder) build() error {
	root := &mo.Folder{ChildType: []string{"Folder", "Datacenter"}}
	root.ManagedEntity = newEntity(b.s.content.RootFolder, nil, "Datacenters")
	b.tx.Add(root)
	b.datacenter(root)
	b.computeResource()
	if err := b.datastores(); err != nil {
		return err
	}
	for _, name := range b.w.Networks {
		b.network(name)
	}
	if b.w.Switch != "" {
		if err := b.distributedSwitch(); err != nil {
			return err
		}
	}
	b.tx.Add(&mo.EnvironmentBrowser{Self: Ref{Type: "EnvironmentBrowser", Value: "envbrowser-1"}})
	return nil
}

func (b *builder) datacenter(root *mo.Folder) {
	ref := b.tx.NewRef("Datacenter", "datacenter")
	b.dc = &mo.Datacenter{}
	b.dc.ManagedEntity = newEntity(ref, &root.Self, b.w.Datacenter)
	root.ChildEntity = append(root.ChildEntity, ref)
	folder := func(name, prefix string, kinds ...string) *mo.Folder {
		f := &mo.Folder{ChildType: append([]string{"Folder"}, kinds...)}
		r := b.tx.NewRef("Folder", prefix)
		r.Value = prefix + r.Value[len(prefix)+1:]
		f.ManagedEntity = newEntity(r, &ref, name)
		b.tx.Add(f)
		return f
	}
	b.vms = folder("vm", "group-v", "VirtualMachine", "VirtualApp")
	b.hosts = folder("host", "group-h", "ComputeResource")
	b.stores = folder("datastore", "group-s", "Datastore", "StoragePod")
	b.networks = folder("network", "group-n", "Network", "DistributedVirtualSwitch")
	b.dc.VmFolder, b.dc.HostFolder, b.dc.DatastoreFolder, b.dc.NetworkFolder = b.vms.Self, b.hosts.Self, b.stores.Self, b.networks.Self
	b.tx.Add(b.dc)
}

func (b *builder) computeResource() {
	ref := b.tx.NewRef("ClusterComputeResource", "domain-c")
	ref.Value = "domain-c" + ref.Value[len("domain-c-"):]
	b.cluster = &mo.ClusterComputeResource{}
	b.cluster.ManagedEntity = newEntity(ref, &b.hosts.Self, b.w.Cluster)
	b.hosts.ChildEntity = append(b.hosts.ChildEntity, ref)
	b.cluster.ConfigurationEx = &types.ClusterConfigInfoEx{
		ComputeResourceConfigInfo: types.ComputeResourceConfigInfo{VmSwapPlacement: "vmDirectory"},
		DasConfig:                 types.ClusterDasConfigInfo{Enabled: types.NewBool(false)},
		DrsConfig: types.ClusterDrsConfigInfo{Enabled: types.NewBool(b.w.DRS), EnableVmBehaviorOverrides: types.NewBool(true),
			DefaultVmBehavior: types.DrsBehaviorFullyAutomated, VmotionRate: 3},
	}
	b.cluster.Configuration.DrsConfig = b.cluster.ConfigurationEx.(*types.ClusterConfigInfoEx).DrsConfig
	pool := b.tx.NewRef("ResourcePool", "resgroup")
	b.cluster.ComputeResource.ResourcePool = &pool
	b.cluster.EnvironmentBrowser = &Ref{Type: "EnvironmentBrowser", Value: "envbrowser-1"}
	for i := range b.w.Hosts {
		b.host(ref, i)
	}
	b.cluster.Host = b.hostRefs
	b.cluster.Summary = &types.ClusterComputeResourceSummary{ComputeResourceSummary: types.ComputeResourceSummary{
		TotalCpu: int32(b.w.Hosts) * 40000, TotalMemory: int64(b.w.Hosts) << 38, NumCpuCores: int16(16 * b.w.Hosts), NumCpuThreads: int16(32 * b.w.Hosts),
		EffectiveCpu: int32(b.w.Hosts) * 38000, EffectiveMemory: int64(b.w.Hosts) << 18, NumHosts: int32(b.w.Hosts), NumEffectiveHosts: int32(b.w.Hosts),
		OverallStatus: types.ManagedEntityStatusGreen,
	}}
	unlimited := types.ResourceAllocationInfo{Reservation: types.NewInt64(0), ExpandableReservation: types.NewBool(true), Limit: types.NewInt64(-1),
		Shares: &types.SharesInfo{Level: types.SharesLevelNormal}}
	var above mo.ResourcePool
	above.Self, above.Owner = ref, ref
	root := newPool(pool, &above, "Resources", types.ResourceConfigSpec{CpuAllocation: unlimited, MemoryAllocation: unlimited})
	b.tx.Add(&root)
	b.tx.Add(b.cluster)
}

func (b *builder) host(cluster Ref, i int) {
	ref := b.tx.NewRef("HostSystem", "host")
	h := inventory.Clone(&esx.HostSystem).(*mo.HostSystem)
	name := "esx-" + string(rune('1'+i)) + ".lab"
	h.ManagedEntity = newEntity(ref, &cluster, name)
	now := time.Now()
	h.Runtime = types.HostRuntimeInfo{ConnectionState: types.HostSystemConnectionStateConnected, PowerState: types.HostSystemPowerStatePoweredOn, BootTime: &now}
	h.Hardware = inventory.DeepCopy(esx.HostHardwareInfo)
	h.Hardware.SystemInfo.Uuid = uuid.NewString()
	h.Capability = inventory.DeepCopy(esx.HostCapability)
	h.Config = nil
	h.ConfigManager = types.HostConfigManager{}
	h.Summary.Host, h.Summary.Config.Name = &ref, name
	h.Summary.Runtime = &h.Runtime
	h.Summary.OverallStatus = types.ManagedEntityStatusGreen
	browser := Ref{Type: "HostDatastoreBrowser", Value: "datastoreBrowser-" + ref.Value}
	h.DatastoreBrowser = browser
	b.tx.Add(&mo.HostDatastoreBrowser{Self: browser})
	b.tx.Add(h)
	b.hostRefs = append(b.hostRefs, ref)
}

func (b *builder) datastores() error {
	for _, name := range b.w.Datastores {
		if err := b.datastore(name); err != nil {
			return err
		}
	}
	b.dc.Datastore, b.cluster.Datastore = b.storeRefs, b.storeRefs
	for _, ref := range b.hostRefs {
		h := inventory.MustEdit[mo.HostSystem](b.tx, ref)
		h.Datastore = b.storeRefs
		inventory.MustEdit[mo.HostDatastoreBrowser](b.tx, h.DatastoreBrowser).Datastore = b.storeRefs
	}
	return nil
}

// Sizes that datastores say they have.
const (
	datastoreCapacity = 4 << 40
	datastoreFree     = 3 << 40
)

func (b *builder) datastore(name string) error {
	ref := b.tx.NewRef("Datastore", "datastore")
	if err := os.MkdirAll(filepath.Join(b.s.Root, name), 0o755); err != nil {
		return err
	}
	url := datastoreURL + name + "/"
	ds := &mo.Datastore{}
	ds.ManagedEntity = newEntity(ref, &b.stores.Self, name)
	ds.Browser = Ref{Type: "HostDatastoreBrowser", Value: "datastoreBrowser-" + ref.Value}
	ds.Summary = types.DatastoreSummary{Datastore: &ref, Name: name, Url: url, Capacity: datastoreCapacity, FreeSpace: datastoreFree, Accessible: true,
		MultipleHostAccess: types.NewBool(true), Type: "VMFS", MaintenanceMode: "normal"}
	ds.Info = &types.VmfsDatastoreInfo{
		DatastoreInfo: types.DatastoreInfo{Name: name, Url: url, FreeSpace: datastoreFree, MaxFileSize: 62 << 40, MaxMemoryFileSize: 62 << 40},
		Vmfs: &types.HostVmfsVolume{HostFileSystemVolume: types.HostFileSystemVolume{Type: "VMFS", Name: name, Capacity: datastoreCapacity},
			BlockSizeMb: 1, MajorVersion: 6, Version: "6.82", Uuid: uuid.NewString(), Extent: []types.HostScsiDiskPartition{}},
	}
	ds.Capability = types.DatastoreCapability{DirectoryHierarchySupported: true, PerFileThinProvisioningSupported: true,
		TopLevelDirectoryCreateSupported: types.NewBool(true), SeSparseSupported: types.NewBool(true), VmfsSparseSupported: types.NewBool(true)}
	for _, host := range b.hostRefs {
		ds.Host = append(ds.Host, types.DatastoreHostMount{Key: host, MountInfo: types.HostMountInfo{
			Path: "/vmfs/volumes/" + name, AccessMode: "readWrite", Mounted: types.NewBool(true), Accessible: types.NewBool(true)}})
	}
	b.tx.Add(ds)
	b.tx.Add(&mo.HostDatastoreBrowser{Self: ds.Browser, Datastore: []Ref{ref}})
	b.stores.ChildEntity = append(b.stores.ChildEntity, ref)
	b.storeRefs = append(b.storeRefs, ref)
	return nil
}

func (b *builder) network(name string) {
	ref := b.tx.NewRef("Network", "network")
	n := &mo.Network{Name: name, Host: b.hostRefs, Summary: &types.NetworkSummary{Network: &ref, Name: name, Accessible: true}}
	n.ManagedEntity = newEntity(ref, &b.networks.Self, name)
	b.tx.Add(n)
	b.networks.ChildEntity = append(b.networks.ChildEntity, ref)
	b.linkNetwork(ref)
}

func (b *builder) linkNetwork(ref Ref) {
	b.dc.Network = append(b.dc.Network, ref)
	b.cluster.Network = append(b.cluster.Network, ref)
	for _, host := range b.hostRefs {
		h := inventory.MustEdit[mo.HostSystem](b.tx, host)
		h.Network = append(h.Network, ref)
	}
}

func (b *builder) distributedSwitch() error {
	ref := b.tx.NewRef("VmwareDistributedVirtualSwitch", "dvs")
	id := newSwitchUUID(uuid.New())
	product := types.DistributedVirtualSwitchProductSpec{Name: "DVS", Vendor: "VMware, Inc.", Version: "8.0.0", Build: build, ForwardingClass: "etherswitch"}
	sw := &mo.VmwareDistributedVirtualSwitch{}
	sw.ManagedEntity = newEntity(ref, &b.networks.Self, b.w.Switch)
	sw.Uuid = id
	sw.Summary = types.DVSSummary{Name: b.w.Switch, Uuid: id, ProductInfo: &product, HostMember: b.hostRefs, NumHosts: int32(len(b.hostRefs))}
	config := &types.VMwareDVSConfigInfo{MaxMtu: 1500}
	config.Uuid, config.Name, config.ProductInfo, config.ConfigVersion, config.CreateTime = id, b.w.Switch, product, "1", time.Now()
	config.MaxPorts, config.DefaultPortConfig = 1<<31-1, &types.VMwareDVSPortSetting{}
	config.UplinkPortPolicy = &types.DVSNameArrayUplinkPortPolicy{UplinkPortName: []string{"Uplink 1", "Uplink 2"}}
	for _, host := range b.hostRefs {
		config.Host = append(config.Host, types.DistributedVirtualSwitchHostMember{Status: "up", Config: types.DistributedVirtualSwitchHostMemberConfigInfo{
			Host: &host, MaxProxySwitchPorts: 2048, Backing: &types.DistributedVirtualSwitchHostMemberPnicBacking{}}})
	}
	sw.Config = config
	b.tx.Add(sw)
	b.networks.ChildEntity = append(b.networks.ChildEntity, ref)
	uplink, err := b.s.addPortgroup(b.tx, ref, types.DVPortgroupConfigSpec{Name: b.w.Switch + "-DVUplinks", Type: "earlyBinding", NumPorts: 4})
	if err != nil {
		return err
	}
	pg := inventory.MustEdit[mo.DistributedVirtualPortgroup](b.tx, uplink)
	pg.Config.Uplink = types.NewBool(true)
	config.UplinkPortgroup = []Ref{uplink}
	for _, p := range b.w.Portgroups {
		if _, err := b.s.addPortgroup(b.tx, ref, types.DVPortgroupConfigSpec{Name: p.Name, Type: "earlyBinding", NumPorts: 8,
			DefaultPortConfig: &types.VMwareDVSPortSetting{Vlan: &types.VmwareDistributedVirtualSwitchVlanIdSpec{VlanId: p.VLAN}}}); err != nil {
			return err
		}
	}
	return nil
}
