package ops

import (
	"strconv"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

func (s *Service) networkHandlers() {
	m := s.Mux
	rpc.Handle(m, "DistributedVirtualSwitch", func(c *rpc.Call, r *types.AddDVPortgroup_Task) (*types.AddDVPortgroup_TaskResponse, error) {
		ref, err := s.start(c, "DistributedVirtualSwitch.addPortgroups", func(*task.Run) (types.AnyType, error) {
			_, err := s.addPortgroups(c.This, r.Spec)
			return nil, err
		})
		return &types.AddDVPortgroup_TaskResponse{Returnval: ref}, err
	})
	rpc.Handle(m, "DistributedVirtualSwitch", func(c *rpc.Call, r *types.CreateDVPortgroup_Task) (*types.CreateDVPortgroup_TaskResponse, error) {
		ref, err := s.start(c, "DistributedVirtualSwitch.addPortgroup", func(*task.Run) (types.AnyType, error) {
			refs, err := s.addPortgroups(c.This, []types.DVPortgroupConfigSpec{r.Spec})
			if err != nil {
				return nil, err
			}
			return refs[0], nil
		})
		return &types.CreateDVPortgroup_TaskResponse{Returnval: ref}, err
	})
	rpc.Handle(m, "DistributedVirtualPortgroup", func(c *rpc.Call, r *types.ReconfigureDVPortgroup_Task) (*types.ReconfigureDVPortgroup_TaskResponse, error) {
		ref, err := s.start(c, "DistributedVirtualPortgroup.reconfigure", func(*task.Run) (types.AnyType, error) {
			return nil, s.reconfigurePortgroup(c.This, r.Spec)
		})
		return &types.ReconfigureDVPortgroup_TaskResponse{Returnval: ref}, err
	})
	rpc.Handle(m, "DistributedVirtualPortgroup", func(c *rpc.Call, _ *types.Destroy_Task) (*types.Destroy_TaskResponse, error) {
		ref, err := s.start(c, "DistributedVirtualPortgroup.destroy", func(*task.Run) (types.AnyType, error) {
			return nil, s.destroyPortgroup(c.This)
		})
		return &types.Destroy_TaskResponse{Returnval: ref}, err
	})
}

// addPortgroups adds port groups to a switch, all or none.
func (s *Service) addPortgroups(dvs Ref, specs []types.DVPortgroupConfigSpec) (refs []Ref, err error) {
	err = s.Inv.Update(func(tx *inventory.Tx) error {
		for _, spec := range specs {
			ref, err := s.addPortgroup(tx, dvs, spec)
			if err != nil {
				return err
			}
			refs = append(refs, ref)
		}
		return nil
	})
	return refs, err
}

func (s *Service) addPortgroup(tx *inventory.Tx, dvs Ref, spec types.DVPortgroupConfigSpec) (Ref, error) {
	sw, err := inventory.Edit[mo.VmwareDistributedVirtualSwitch](tx, dvs)
	if err != nil {
		return Ref{}, err
	}
	name, err := s.checkName(spec.Name)
	if err != nil {
		return Ref{}, err
	}
	switch spec.Type {
	case "earlyBinding", "lateBinding", "ephemeral":
	default:
		return Ref{}, fault.InvalidArgument("spec.type")
	}
	if err := checkUnique(tx, *sw.Parent, name, nil); err != nil {
		return Ref{}, err
	}
	ref := tx.NewRef("DistributedVirtualPortgroup", "dvportgroup")
	pg := &mo.DistributedVirtualPortgroup{Key: ref.Value}
	pg.ManagedEntity = newEntity(ref, sw.Parent, name)
	pg.Network.Name = name
	pg.Network.Summary = &types.NetworkSummary{Network: &ref, Name: name, Accessible: true}
	pg.Host = sw.Summary.HostMember
	pg.Config = types.DVPortgroupConfigInfo{
		Key: ref.Value, Name: name, DistributedVirtualSwitch: &Ref{Type: dvs.Type, Value: dvs.Value}, Type: spec.Type, BackingType: "standard",
		Policy: &types.VMwareDVSPortgroupPolicy{}, ConfigVersion: "0", AutoExpand: types.NewBool(true), Uplink: types.NewBool(false),
		DefaultPortConfig: &types.VMwareDVSPortSetting{
			DVPortSetting: types.DVPortSetting{Blocked: &types.BoolPolicy{Value: types.NewBool(false)}},
			Vlan:          &types.VmwareDistributedVirtualSwitchVlanIdSpec{},
		},
	}
	if err := mergePortgroup(&pg.Config, spec); err != nil {
		return ref, err
	}
	tx.Add(pg)
	sw.Portgroup = append(sw.Portgroup, ref)
	sw.Summary.PortgroupName = append(sw.Summary.PortgroupName, name)
	folder := inventory.MustEdit[mo.Folder](tx, *sw.Parent)
	folder.ChildEntity = append(folder.ChildEntity, ref)
	if dc := datacenterOf(tx, folder); dc != nil {
		d := inventory.MustEdit[mo.Datacenter](tx, dc.Self)
		d.Network = append(d.Network, ref)
	}
	for _, host := range sw.Summary.HostMember {
		h := inventory.MustEdit[mo.HostSystem](tx, host)
		h.Network = append(h.Network, ref)
	}
	return ref, nil
}

// mergePortgroup sets what spec says and keeps what it leaves out; every change
// makes a new version.
func mergePortgroup(c *types.DVPortgroupConfigInfo, spec types.DVPortgroupConfigSpec) error {
	setString(&c.Name, spec.Name)
	setString(&c.Description, spec.Description)
	setString(&c.Type, spec.Type)
	setString(&c.BackingType, spec.BackingType)
	setString(&c.PortNameFormat, spec.PortNameFormat)
	if spec.NumPorts < 0 || spec.NumPorts > 8192 {
		return fault.InvalidArgument("spec.numPorts")
	}
	if spec.NumPorts != 0 {
		c.NumPorts = spec.NumPorts
	}
	setPointer(&c.AutoExpand, spec.AutoExpand)
	if spec.Policy != nil {
		c.Policy = spec.Policy
	}
	if spec.DefaultPortConfig != nil {
		if err := mergePortConfig(c.DefaultPortConfig.(*types.VMwareDVSPortSetting), spec.DefaultPortConfig); err != nil {
			return err
		}
	}
	version, _ := strconv.Atoi(c.ConfigVersion)
	c.ConfigVersion = strconv.Itoa(version + 1)
	return nil
}

func mergePortConfig(to *types.VMwareDVSPortSetting, from types.BaseDVPortSetting) error {
	base := from.GetDVPortSetting()
	setPointer(&to.Blocked, base.Blocked)
	setPointer(&to.InShapingPolicy, base.InShapingPolicy)
	setPointer(&to.OutShapingPolicy, base.OutShapingPolicy)
	set, ok := from.(*types.VMwareDVSPortSetting)
	if !ok {
		return nil
	}
	switch v := set.Vlan.(type) {
	case nil:
	case *types.VmwareDistributedVirtualSwitchVlanIdSpec:
		if v.VlanId < 0 || v.VlanId > 4094 {
			return fault.InvalidArgument("spec.defaultPortConfig.vlan")
		}
		to.Vlan = v
	default:
		to.Vlan = v
	}
	setPointer(&to.SecurityPolicy, set.SecurityPolicy)
	setPointer(&to.UplinkTeamingPolicy, set.UplinkTeamingPolicy)
	setPointer(&to.MacManagementPolicy, set.MacManagementPolicy)
	return nil
}

func (s *Service) reconfigurePortgroup(ref Ref, spec types.DVPortgroupConfigSpec) error {
	return s.Inv.Update(func(tx *inventory.Tx) error {
		pg, err := inventory.Edit[mo.DistributedVirtualPortgroup](tx, ref)
		if err != nil {
			return err
		}
		switch spec.ConfigVersion {
		case pg.Config.ConfigVersion:
		case "":
			return fault.InvalidArgument("spec.configVersion")
		default:
			return fault.New(&types.ConcurrentAccess{})
		}
		if spec.Type != "" && spec.Type != pg.Config.Type && len(pg.Vm) > 0 {
			return fault.New(&types.ResourceInUse{Type: "DistributedVirtualPortgroup", Name: pg.Network.Name})
		}
		if spec.Name != "" && spec.Name != pg.Network.Name {
			name, err := s.checkName(spec.Name)
			if err != nil {
				return err
			}
			if err := checkUnique(tx, *pg.Parent, name, &ref); err != nil {
				return err
			}
			spec.Name = name
			setName(pg, name)
		}
		return mergePortgroup(&pg.Config, spec)
	})
}

func (s *Service) destroyPortgroup(ref Ref) error {
	return s.Inv.Update(func(tx *inventory.Tx) error {
		pg, err := inventory.Get[mo.DistributedVirtualPortgroup](tx, ref)
		if err != nil {
			return err
		}
		if len(pg.Vm) > 0 {
			return fault.New(&types.ResourceInUse{Type: "DistributedVirtualPortgroup", Name: pg.Network.Name})
		}
		if pg.Config.Uplink != nil && *pg.Config.Uplink {
			return fault.New(&types.NotSupported{})
		}
		sw := inventory.MustEdit[mo.VmwareDistributedVirtualSwitch](tx, *pg.Config.DistributedVirtualSwitch)
		sw.Portgroup = inventory.RemoveRef(sw.Portgroup, ref)
		var names []string
		for _, other := range sw.Portgroup {
			names = append(names, entityName(tx, other))
		}
		sw.Summary.PortgroupName = names
		folder := inventory.MustEdit[mo.Folder](tx, *pg.Parent)
		folder.ChildEntity = inventory.RemoveRef(folder.ChildEntity, ref)
		if dc := datacenterOf(tx, folder); dc != nil {
			d := inventory.MustEdit[mo.Datacenter](tx, dc.Self)
			d.Network = inventory.RemoveRef(d.Network, ref)
		}
		for _, host := range sw.Summary.HostMember {
			h := inventory.MustEdit[mo.HostSystem](tx, host)
			h.Network = inventory.RemoveRef(h.Network, ref)
		}
		tx.Remove(ref)
		return nil
	})
}

// portgroupByKey finds a port group by its key, which is its moref's value.
func portgroupByKey(r inventory.Reader, key string) *mo.DistributedVirtualPortgroup {
	pg, _ := r.Lookup(Ref{Type: "DistributedVirtualPortgroup", Value: key}).(*mo.DistributedVirtualPortgroup)
	return pg
}

func switchUUID(r inventory.Reader, pg *mo.DistributedVirtualPortgroup) string {
	sw, _ := r.Lookup(*pg.Config.DistributedVirtualSwitch).(*mo.VmwareDistributedVirtualSwitch)
	if sw == nil {
		return ""
	}
	return sw.Uuid
}

// vlanOf gives a port group's VLAN, 0 for none.
func vlanOf(pg *mo.DistributedVirtualPortgroup) int {
	setting, ok := pg.Config.DefaultPortConfig.(*types.VMwareDVSPortSetting)
	if !ok {
		return 0
	}
	if v, ok := setting.Vlan.(*types.VmwareDistributedVirtualSwitchVlanIdSpec); ok {
		return int(v.VlanId)
	}
	return 0
}

// newSwitchUUID is a UUID in the form that switches have theirs:
// "50 01 02 03 04 05 06 07-08 09 0a 0b 0c 0d 0e 0f".
func newSwitchUUID(id [16]byte) string {
	var b strings.Builder
	for i, x := range id {
		switch i {
		case 0:
		case 8:
			b.WriteByte('-')
		default:
			b.WriteByte(' ')
		}
		b.WriteString(strconv.FormatInt(int64(x)|0x100, 16)[1:])
	}
	return b.String()
}
