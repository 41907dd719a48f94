package vcenter

import (
	"errors"
	"fmt"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
)

func uriPort(direction, service, proxy string) *types.VirtualSerialPort {
	return &types.VirtualSerialPort{VirtualDevice: types.VirtualDevice{Key: -1,
		Backing: &types.VirtualSerialPortURIBackingInfo{VirtualDeviceURIBackingInfo: types.VirtualDeviceURIBackingInfo{
			ServiceURI: service, Direction: direction, ProxyURI: proxy}}}}
}

func TestSerialPortsThatLeadNowhereAreRefused(t *testing.T) {
	s := start(t).site()
	vm := s.vm("a")
	for _, b := range [][3]string{
		{"", "x", "telnet://h:1"}, {"both", "x", "telnet://h:1"}, {"Client", "x", "telnet://h:1"}, {"client", "", "telnet://h:1"},
		{"client", "x", "h:1"}, {"client", "x", "tcp://h:1"}, {"client", "x", "telnet://h"}, {"client", "x", "telnet://:1"}, {"client", "x", "telnet://u:p@h:1"},
		{"client", "x", "telnets://h:1#nonsense=1"}, {"client", "vic.dev/x", ""}, {"server", "http://h:1", ""}, {"server", "tcp://h", ""},
	} {
		task, err := s.reconfigure(vm, add(uriPort(b[0], b[1], b[2])))
		if f, ok := failed(t, task, err).(*types.InvalidDeviceSpec); !ok {
			t.Errorf("%q: %v", b, f)
		}
	}
	for i := range 4 {
		task, err := s.reconfigure(vm, add(uriPort("client", fmt.Sprintf("vic.dev/%d", i), "telnets://[::1]:2378#thumbprint=AA:BB&verify")))
		done(t, task, err)
	}
	task, err := s.reconfigure(vm, add(uriPort("server", ":4001", "")))
	wants[*types.InvalidDeviceSpec](t, failed(t, task, err))
	ports := object.VirtualDeviceList(s.props(vm, "config.hardware.device").Config.Hardware.Device).SelectByType((*types.VirtualSerialPort)(nil))
	if len(ports) != 4 {
		t.Fatalf("%d ports", len(ports))
	}
	b := ports[2].GetVirtualDevice().Backing.(*types.VirtualSerialPortURIBackingInfo)
	if b.ServiceURI != "vic.dev/2" || b.Direction != "client" || b.ProxyURI != "telnets://[::1]:2378#thumbprint=AA:BB&verify" {
		t.Errorf("kept: %+v", b)
	}
}

func TestAVMWithADirectSerialConnectionStaysOnItsHost(t *testing.T) {
	r := start(t)
	s := r.site()
	direct := s.vm("direct", withDevices(add(uriPort("client", "tcp://127.0.0.1:1", ""))))
	s.on(direct)
	before := *s.props(direct, "runtime").Runtime.Host
	hosts := must(s.finder.HostSystemList(testContext(t), "*"))(t)
	for _, host := range hosts {
		if host.Reference() == before {
			continue
		}
		task, err := direct.Migrate(testContext(t), nil, host, types.VirtualMachineMovePriorityDefaultPriority, "")
		wants[*types.DeviceNotSupported](t, failed(t, task, err))
	}
	if _, err := r.MoveVM(testContext(t), "direct"); err == nil {
		t.Error("it was moved")
	}
	if after := *s.props(direct, "runtime").Runtime.Host; after != before {
		t.Errorf("from %v to %v", before, after)
	}
	if _, err := r.MoveVM(testContext(t), "nobody"); !errors.Is(err, control.ErrNotFound) {
		t.Errorf("a VM that isn't there: %v", err)
	}
}

func TestAVMIsMovedToAnotherHostByDemand(t *testing.T) {
	r := start(t)
	s := r.site()
	vm := s.vm("a", withDevices(add(uriPort("client", "vic.dev/x", "telnet://h:1"))))
	s.on(vm)
	before := *s.props(vm, "runtime").Runtime.Host
	name := must(r.MoveVM(testContext(t), vm.Reference().Value))(t)
	after := *s.props(vm, "runtime").Runtime.Host
	host := object.NewHostSystem(s.c.Client, after)
	if after == before || must(host.ObjectName(testContext(t)))(t) != name {
		t.Errorf("from %v to %v, said to be %s", before, after, name)
	}
}
