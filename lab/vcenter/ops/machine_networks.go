package ops

import (
	"strconv"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/device"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// checkNetwork refuses NICs on networks that aren't there, and fills in what
// vCenter shows.
func (s *Service) checkNetwork(a device.Action) (err error) {
	card := device.Card(a.Device)
	s.Inv.View(func(r inventory.Reader) {
		switch b := card.Backing.(type) {
		case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
			pg := portgroupByKey(r, b.Port.PortgroupKey)
			if pg == nil || switchUUID(r, pg) != b.Port.SwitchUuid {
				err = device.Invalid(a.Index, "device.backing.port")
				return
			}
			if pg.Config.Uplink != nil && *pg.Config.Uplink {
				err = device.Invalid(a.Index, "device.backing.port.portgroupKey")
				return
			}
			if s.Assumed().FixedPorts && len(pg.Vm) >= int(pg.Config.NumPorts) {
				err = fault.Newf(&types.ResourceNotAvailable{ContainerType: pg.Self.Type, ContainerName: pg.Network.Name, Type: "DVPort"},
					"No free port is available in port group %s", pg.Network.Name)
				return
			}
			if b.Port.PortKey == "" {
				b.Port.PortKey = strconv.Itoa(int(card.Key)) + "-" + pg.Key
			}
		case *types.VirtualEthernetCardNetworkBackingInfo:
			network := networkFor(r, b)
			if network == nil {
				err = device.Invalid(a.Index, "device.backing.deviceName")
				return
			}
			b.DeviceName, b.Network = network.Name, &network.Self
		}
	})
	return err
}

func networkFor(r inventory.Reader, b *types.VirtualEthernetCardNetworkBackingInfo) (found *mo.Network) {
	if b.Network != nil {
		n, _ := r.Lookup(*b.Network).(*mo.Network)
		if n != nil && b.DeviceName != "" && b.DeviceName != n.Name {
			return nil
		}
		return n
	}
	for n := range inventory.All[mo.Network](r) {
		if n.Name == b.DeviceName {
			found = n
		}
	}
	return found
}
