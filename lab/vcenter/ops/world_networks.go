package ops

import (
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// network puts a port group onto the standard switch of every host.
func (b *builder) network(name string) error {
	for _, ref := range b.hostRefs {
		spec := types.HostPortGroupSpec{Name: name, VswitchName: standardSwitch}
		if err := addHostPortgroup(b.tx, ref, spec); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) distributedSwitch() error {
	ref := b.tx.NewRef("VmwareDistributedVirtualSwitch", "dvs")
	id := newSwitchUUID(uuid.New())
	product := types.DistributedVirtualSwitchProductSpec{Name: "DVS", Vendor: "VMware, Inc.", Version: "8.0.0", Build: build, ForwardingClass: "etherswitch"}
	sw := &mo.VmwareDistributedVirtualSwitch{}
	sw.ManagedEntity = newEntity(ref, &b.networkFolder.Self, b.w.Switch)
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
	b.networkFolder.ChildEntity = append(b.networkFolder.ChildEntity, ref)
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
