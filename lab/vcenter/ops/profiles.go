package ops

import (
	"maps"
	"slices"
)

// DefaultWorld is one cluster with two hosts and two datastores.
func DefaultWorld() World {
	return World{Datacenters: []Datacenter{defaultDatacenter()}}
}

func defaultDatacenter() Datacenter {
	return Datacenter{
		Name: "DC0", Computes: []Compute{{Name: "Compute-1", Hosts: 2, DRS: true}},
		Datastores: []Datastore{{"ssd-1", "VMFS"}, {"hdd-1", "VMFS"}},
		Switch:     "DVS-East", Networks: []string{"VM Network"}, Portgroups: []Portgroup{{"DMZ-110", 110}},
	}
}

// profiles are the shapes of vSphere that a lab can have, by name.
var profiles = map[string]func() World{
	"default":         DefaultWorld,
	"esxi":            bareHost,
	"no-drs":          func() World { return changed(func(dc *Datacenter) { dc.Computes[0].DRS = false }) },
	"standard-switch": func() World { return changed(func(dc *Datacenter) { dc.Switch, dc.Portgroups = "", nil }) },
	"resource-pool":   DefaultWorld, // what differs is what is made in it
	"nfs":             func() World { return changed(func(dc *Datacenter) { dc.Datastores[0].Type = "NFS" }) },
	"vsan":            func() World { return changed(func(dc *Datacenter) { dc.Datastores[0].Type = "vsan" }) },
	"folders":         severalDatacenters,
}

// Profiles are the names of the shapes.
func Profiles() []string { return slices.Sorted(maps.Keys(profiles)) }

// ProfileWorld gives a shape's inventory by its name; "" is the default.
func ProfileWorld(name string) (World, bool) {
	if name == "" {
		return DefaultWorld(), true
	}
	world, ok := profiles[name]
	if !ok {
		return World{}, false
	}
	return world(), true
}

func changed(change func(*Datacenter)) World {
	dc := defaultDatacenter()
	change(&dc)
	return World{Datacenters: []Datacenter{dc}}
}

// bareHost is an ESXi host without vCenter.
func bareHost() World {
	return World{Bare: true, Datacenters: []Datacenter{{
		Name: "ha-datacenter", Computes: []Compute{{Hosts: 1, Standalone: true}},
		Datastores: []Datastore{{"ssd-1", "VMFS"}}, Networks: []string{"VM Network"},
	}}}
}

// severalDatacenters has datacenters and clusters in folders, clusters of one
// name, a host that is in none, and names that must be encoded.
func severalDatacenters() World {
	return World{Datacenters: []Datacenter{
		{
			Name: "DC0", Folders: []string{"Europe", "North%2fWest"},
			Computes: []Compute{
				{Name: "Compute-1", Folders: []string{"Gold"}, Hosts: 2, DRS: true},
				{Name: "Compute-1", Folders: []string{"Silver"}, Hosts: 1, DRS: true},
				{Name: "50%25 [é] (#1)", Hosts: 1, DRS: true},
				{Hosts: 1, Standalone: true},
			},
			Datastores: []Datastore{{"ssd-1", "VMFS"}, {"hdd-1", "NFS"}, {"objects", "VVOL"}},
			Switch:     "DVS%2fEast", Networks: []string{"VM Network"},
		},
		{
			Name: "DC1", Folders: []string{"Europe"}, Computes: []Compute{{Name: "Compute-1", Hosts: 1, DRS: true}},
			Datastores: []Datastore{{"ssd-2", "VMFS"}}, Switch: "DVS-South", Networks: []string{"VM Network"},
		},
	}}
}
