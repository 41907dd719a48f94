package ops

import (
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

// standardSwitch is the switch that every host has from its installation on.
const standardSwitch = "vSwitch0"

func (s *Service) hostNetworkHandlers() {
	m := s.Mux
	rpc.Handle(m, "HostNetworkSystem", func(c *rpc.Call, r *types.AddPortGroup) (*types.AddPortGroupResponse, error) {
		return &types.AddPortGroupResponse{}, s.onHostOf(c, func(tx *inventory.Tx, host Ref) error { return addHostPortgroup(tx, host, r.Portgrp) })
	})
	rpc.Handle(m, "HostNetworkSystem", func(c *rpc.Call, r *types.UpdatePortGroup) (*types.UpdatePortGroupResponse, error) {
		return &types.UpdatePortGroupResponse{}, s.onHostOf(c, func(tx *inventory.Tx, host Ref) error {
			return updateHostPortgroup(tx, host, r.PgName, r.Portgrp)
		})
	})
	rpc.Handle(m, "HostNetworkSystem", func(c *rpc.Call, r *types.RemovePortGroup) (*types.RemovePortGroupResponse, error) {
		return &types.RemovePortGroupResponse{}, s.onHostOf(c, func(tx *inventory.Tx, host Ref) error { return removeHostPortgroup(tx, host, r.PgName) })
	})
}

// onHostOf does a change on the host whose network system is called.
func (s *Service) onHostOf(c *rpc.Call, change func(tx *inventory.Tx, host Ref) error) error {
	return s.Inv.Update(func(tx *inventory.Tx) error {
		var host *Ref
		for h := range inventory.All[mo.HostSystem](tx) {
			if h.ConfigManager.NetworkSystem != nil && *h.ConfigManager.NetworkSystem == c.This {
				host = &h.Self
			}
		}
		if host == nil {
			return inventory.NotFound(c.This)
		}
		return change(tx, *host)
	})
}

func newHostNetwork() *types.HostNetworkInfo {
	return &types.HostNetworkInfo{Vswitch: []types.HostVirtualSwitch{{
		Name: standardSwitch, Key: "key-vim.host.VirtualSwitch-" + standardSwitch, NumPorts: 5632, NumPortsAvailable: 5600, Mtu: 1500,
		Spec: types.HostVirtualSwitchSpec{NumPorts: 128},
	}}}
}

// editHostNetwork changes what a host says of its networks, in both places
// where it says so.
func editHostNetwork(tx *inventory.Tx, host Ref, change func(*types.HostNetworkInfo) error) error {
	h, err := inventory.Edit[mo.HostSystem](tx, host)
	if err != nil {
		return err
	}
	system, err := inventory.Edit[mo.HostNetworkSystem](tx, *h.ConfigManager.NetworkSystem)
	if err != nil {
		return err
	}
	info := inventory.DeepCopy(system.NetworkInfo)
	if err := change(info); err != nil {
		return err
	}
	config := *h.Config
	config.Network = info
	h.Config, system.NetworkInfo = &config, inventory.DeepCopy(info)
	return nil
}

func portgroupAt(info *types.HostNetworkInfo, name string) int {
	return slices.IndexFunc(info.Portgroup, func(p types.HostPortGroup) bool { return p.Spec.Name == name })
}

// checkPortgroup refuses what a host refuses of a port group.
func checkPortgroup(info *types.HostNetworkInfo, spec types.HostPortGroupSpec) error {
	switch {
	case spec.Name == "" || len(spec.Name) > maxNameLength:
		return fault.New(&types.InvalidName{Name: spec.Name})
	case spec.VlanId < 0 || spec.VlanId > 4095:
		return fault.InvalidArgument("portgrp.vlanId")
	case !slices.ContainsFunc(info.Vswitch, func(v types.HostVirtualSwitch) bool { return v.Name == spec.VswitchName }):
		return fault.New(&types.NotFound{})
	}
	return nil
}

func newPortgroup(spec types.HostPortGroupSpec) types.HostPortGroup {
	return types.HostPortGroup{
		Key: "key-vim.host.PortGroup-" + spec.Name, Vswitch: "key-vim.host.VirtualSwitch-" + spec.VswitchName,
		ComputedPolicy: spec.Policy, Spec: spec,
	}
}

// addHostPortgroup adds a port group to one host. vCenter shows those of one
// name as one network.
func addHostPortgroup(tx *inventory.Tx, host Ref, spec types.HostPortGroupSpec) error {
	err := editHostNetwork(tx, host, func(info *types.HostNetworkInfo) error {
		if err := checkPortgroup(info, spec); err != nil {
			return err
		}
		if portgroupAt(info, spec.Name) >= 0 {
			return fault.New(&types.AlreadyExists{Name: spec.Name})
		}
		info.Portgroup = append(info.Portgroup, newPortgroup(spec))
		return nil
	})
	if err != nil {
		return err
	}
	return joinNetwork(tx, host, spec.Name)
}

// updateHostPortgroup sets all that a port group is; its name may change too
// while nothing is connected.
func updateHostPortgroup(tx *inventory.Tx, host Ref, name string, spec types.HostPortGroupSpec) error {
	if spec.Name != name {
		return fault.New(&types.NotSupported{})
	}
	return editHostNetwork(tx, host, func(info *types.HostNetworkInfo) error {
		if err := checkPortgroup(info, spec); err != nil {
			return err
		}
		at := portgroupAt(info, name)
		if at < 0 {
			return fault.New(&types.NotFound{})
		}
		info.Portgroup[at] = newPortgroup(spec)
		return nil
	})
}

func removeHostPortgroup(tx *inventory.Tx, host Ref, name string) error {
	h, err := inventory.Get[mo.HostSystem](tx, host)
	if err != nil {
		return err
	}
	network := standardNetwork(tx, h, name)
	if network != nil && slices.ContainsFunc(network.Vm, func(vm Ref) bool { return slices.Contains(h.Vm, vm) }) {
		return fault.New(&types.ResourceInUse{Type: "PortGroup", Name: name})
	}
	err = editHostNetwork(tx, host, func(info *types.HostNetworkInfo) error {
		at := portgroupAt(info, name)
		if at < 0 {
			return fault.New(&types.NotFound{})
		}
		info.Portgroup = slices.Delete(info.Portgroup, at, at+1)
		return nil
	})
	if err != nil || network == nil {
		return err
	}
	return leaveNetwork(tx, host, network.Self)
}
