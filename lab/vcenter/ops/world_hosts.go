package ops

import (
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// computeResource makes a cluster, or a host that is in none.
func (b *builder) computeResource(w Compute) {
	folder := b.folders(b.hostFolder, w.Folders, "group-h")
	ref := b.ref("ComputeResource", "domain-s", "ha-compute-res")
	if !w.Standalone {
		ref = b.tx.NewRef("ClusterComputeResource", "domain-c")
		ref.Value = "domain-c" + ref.Value[len("domain-c-"):]
	}
	pool := b.ref("ResourcePool", "resgroup", "ha-root-pool")
	var hosts []Ref
	name := w.Name
	for range w.Hosts {
		h := b.host(ref)
		hosts = append(hosts, h.Self)
		if w.Standalone {
			name = h.Name
		}
	}
	compute := mo.ComputeResource{ResourcePool: &pool, Host: hosts, EnvironmentBrowser: &Ref{Type: "EnvironmentBrowser", Value: "envbrowser-1"}}
	compute.ManagedEntity = newEntity(ref, &folder.Self, name)
	folder.ChildEntity = append(folder.ChildEntity, ref)
	summary := computeSummary(int32(w.Hosts))
	if w.Standalone {
		compute.Summary, compute.ConfigurationEx = &summary, &types.ComputeResourceConfigInfo{VmSwapPlacement: "vmDirectory"}
		b.add(&compute, &compute)
	} else {
		compute.Summary = &types.ClusterComputeResourceSummary{ComputeResourceSummary: summary}
		config := clusterConfig(w.DRS)
		compute.ConfigurationEx = config
		cluster := &mo.ClusterComputeResource{ComputeResource: compute}
		cluster.Configuration.DrsConfig = config.DrsConfig
		b.add(cluster, &cluster.ComputeResource)
	}
	root := newRootPool(pool, ref)
	b.tx.Add(&root)
}

func (b *builder) add(o inventory.Object, compute *mo.ComputeResource) {
	b.tx.Add(o)
	b.computes = append(b.computes, compute)
}

func clusterConfig(drs bool) *types.ClusterConfigInfoEx {
	return &types.ClusterConfigInfoEx{
		ComputeResourceConfigInfo: types.ComputeResourceConfigInfo{VmSwapPlacement: "vmDirectory"},
		DasConfig:                 types.ClusterDasConfigInfo{Enabled: types.NewBool(false)},
		DrsConfig: types.ClusterDrsConfigInfo{Enabled: types.NewBool(drs), EnableVmBehaviorOverrides: types.NewBool(true),
			DefaultVmBehavior: types.DrsBehaviorFullyAutomated, VmotionRate: 3},
	}
}

func computeSummary(hosts int32) types.ComputeResourceSummary {
	return types.ComputeResourceSummary{
		TotalCpu: hosts * 40000, TotalMemory: int64(hosts) << 38, NumCpuCores: int16(16 * hosts), NumCpuThreads: int16(32 * hosts),
		EffectiveCpu: hosts * 38000, EffectiveMemory: int64(hosts) << 18, NumHosts: hosts, NumEffectiveHosts: hosts,
		OverallStatus: types.ManagedEntityStatusGreen,
	}
}

func (b *builder) host(parent Ref) *mo.HostSystem {
	*b.hosts++
	ref := b.ref("HostSystem", "host", "ha-host")
	h := inventory.Clone(&esx.HostSystem).(*mo.HostSystem)
	name := "esx-" + strconv.Itoa(*b.hosts) + ".lab"
	h.ManagedEntity = newEntity(ref, &parent, name)
	now := time.Now()
	h.Runtime = types.HostRuntimeInfo{ConnectionState: types.HostSystemConnectionStateConnected, PowerState: types.HostSystemPowerStatePoweredOn, BootTime: &now}
	h.Hardware = inventory.DeepCopy(esx.HostHardwareInfo)
	h.Hardware.SystemInfo.Uuid = uuid.NewString()
	h.Capability = inventory.DeepCopy(esx.HostCapability)
	networks := Ref{Type: "HostNetworkSystem", Value: "networkSystem-" + ref.Value}
	h.ConfigManager = types.HostConfigManager{NetworkSystem: &networks}
	h.Summary.Host, h.Summary.Config.Name = &ref, name
	h.Summary.Runtime = &h.Runtime
	h.Summary.OverallStatus = types.ManagedEntityStatusGreen
	browser := Ref{Type: "HostDatastoreBrowser", Value: "datastoreBrowser-" + ref.Value}
	h.DatastoreBrowser = browser
	b.tx.Add(&mo.HostDatastoreBrowser{Self: browser})
	info := newHostNetwork()
	h.Config = &types.HostConfigInfo{Host: ref, Network: info}
	b.tx.Add(h)
	system := &mo.HostNetworkSystem{NetworkInfo: inventory.DeepCopy(info)}
	system.Self = networks
	b.tx.Add(system)
	b.hostRefs = append(b.hostRefs, ref)
	return h
}
