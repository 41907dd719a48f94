package ops

import (
	"net/netip"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/device"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// resetGuest is what is known of a guest that isn't there.
func resetGuest(vm *mo.VirtualMachine) {
	vm.Guest = &types.GuestInfo{
		ToolsStatus: types.VirtualMachineToolsStatusToolsNotInstalled, ToolsVersionStatus: string(types.VirtualMachineToolsVersionStatusGuestToolsNotInstalled),
		ToolsVersionStatus2: string(types.VirtualMachineToolsVersionStatusGuestToolsNotInstalled),
		ToolsRunningStatus:  string(types.VirtualMachineToolsRunningStatusGuestToolsNotRunning), ToolsVersion: "0", GuestState: "notRunning",
		GuestOperationsReady: types.NewBool(false), InteractiveGuestOperationsReady: types.NewBool(false), GuestStateChangeSupported: types.NewBool(false),
	}
	if isOn(vm) {
		vm.Guest.GuestState = "running"
	}
	vm.GuestHeartbeatStatus = types.ManagedEntityStatusGray
}

func applyState(vm *mo.VirtualMachine, st guest.State, s *Service) {
	g := vm.Guest
	g.GuestState = "running"
	g.ToolsRunningStatus, g.ToolsStatus = string(types.VirtualMachineToolsRunningStatusGuestToolsNotRunning), types.VirtualMachineToolsStatusToolsNotRunning
	if st.ToolsRunning {
		g.ToolsRunningStatus, g.ToolsStatus = string(types.VirtualMachineToolsRunningStatusGuestToolsRunning), types.VirtualMachineToolsStatusToolsOk
		g.ToolsVersionStatus = string(types.VirtualMachineToolsVersionStatusGuestToolsUnmanaged)
		g.ToolsVersionStatus2 = g.ToolsVersionStatus
	}
	g.GuestStateChangeSupported = types.NewBool(st.ToolsRunning)
	if st.ToolsVersion != "" {
		g.ToolsVersion = st.ToolsVersion
	}
	g.HostName, g.IpAddress, g.GuestFamily, g.GuestFullName = st.HostName, st.IPAddress, st.Family, st.FullName
	g.Net = nil
	for _, nic := range st.NICs {
		g.Net = append(g.Net, guestNet(vm, nic, s))
	}
	if vm.GuestHeartbeatStatus = types.ManagedEntityStatusGray; st.Heartbeat {
		vm.GuestHeartbeatStatus = types.ManagedEntityStatusGreen
	}
}

// guestNet shows a NIC's addresses at the card that has its MAC address.
func guestNet(vm *mo.VirtualMachine, nic guest.NICState, s *Service) types.GuestNicInfo {
	info := types.GuestNicInfo{MacAddress: strings.ToLower(nic.MAC), Connected: true, DeviceConfigId: -1, IpConfig: &types.NetIpConfigInfo{}}
	for _, d := range vm.Config.Hardware.Device {
		if card := device.Card(d); card != nil && strings.EqualFold(card.MacAddress, nic.MAC) {
			info.DeviceConfigId = card.Key
			if b, ok := card.Backing.(*types.VirtualEthernetCardNetworkBackingInfo); ok {
				info.Network = b.DeviceName
			}
		}
	}
	for _, text := range nic.Addresses {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			continue
		}
		info.IpAddress = append(info.IpAddress, prefix.Addr().String())
		info.IpConfig.IpAddress = append(info.IpConfig.IpAddress, types.NetIpConfigInfoIpAddress{
			IpAddress: prefix.Addr().String(), PrefixLength: int32(prefix.Bits()), State: "preferred"})
	}
	return info
}
