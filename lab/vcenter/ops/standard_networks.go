package ops

import (
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// A standard network is the port groups of one name that the hosts of a
// datacenter have: it comes with the first of them and goes with the last.

// standardNetwork finds the network of that name in a host's datacenter.
func standardNetwork(r inventory.Reader, host inventory.Object, name string) *mo.Network {
	dc := datacenterOf(r, host)
	if dc == nil {
		return nil
	}
	for _, ref := range dc.Network {
		if n, ok := r.Lookup(ref).(*mo.Network); ok && n.Name == name {
			return n
		}
	}
	return nil
}

func joinNetwork(tx *inventory.Tx, host Ref, name string) error {
	h := inventory.MustEdit[mo.HostSystem](tx, host)
	dc := inventory.MustEdit[mo.Datacenter](tx, datacenterOf(tx, h).Self)
	known := standardNetwork(tx, h, name)
	if known == nil {
		if err := checkUnique(tx, dc.NetworkFolder, name, nil); err != nil {
			return err
		}
		ref := tx.NewRef("Network", "network")
		n := &mo.Network{Name: name, Summary: &types.NetworkSummary{Network: &ref, Name: name, Accessible: true}}
		n.ManagedEntity = newEntity(ref, &dc.NetworkFolder, name)
		tx.Add(n)
		folder := inventory.MustEdit[mo.Folder](tx, dc.NetworkFolder)
		folder.ChildEntity = append(folder.ChildEntity, ref)
		dc.Network = append(dc.Network, ref)
		known = n
	}
	n := inventory.MustEdit[mo.Network](tx, known.Self)
	n.Host = append(n.Host, host)
	h.Network = append(h.Network, n.Self)
	editCompute(tx, *h.Parent, func(c *mo.ComputeResource) {
		if !slices.Contains(c.Network, n.Self) {
			c.Network = append(c.Network, n.Self)
		}
	})
	return nil
}

func leaveNetwork(tx *inventory.Tx, host, network Ref) error {
	h := inventory.MustEdit[mo.HostSystem](tx, host)
	n := inventory.MustEdit[mo.Network](tx, network)
	h.Network = inventory.RemoveRef(h.Network, network)
	n.Host = inventory.RemoveRef(n.Host, host)
	if len(n.Host) > 0 || len(n.Vm) > 0 {
		return nil
	}
	dc := inventory.MustEdit[mo.Datacenter](tx, datacenterOf(tx, h).Self)
	dc.Network = inventory.RemoveRef(dc.Network, network)
	folder := inventory.MustEdit[mo.Folder](tx, dc.NetworkFolder)
	folder.ChildEntity = inventory.RemoveRef(folder.ChildEntity, network)
	editCompute(tx, *h.Parent, func(c *mo.ComputeResource) { c.Network = inventory.RemoveRef(c.Network, network) })
	tx.Remove(network)
	return nil
}

func editCompute(tx *inventory.Tx, ref Ref, change func(*mo.ComputeResource)) {
	if o, err := tx.Edit(ref); err == nil {
		if c := inventory.ComputeOf(o); c != nil {
			change(c)
		}
	}
}
