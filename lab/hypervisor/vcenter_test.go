package hypervisor

import (
	"context"
	"encoding/json"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/hypervisor/lan"
	"github.com/vic-operator/vic-operator/lab/vcenter"
	"github.com/vic-operator/vic-operator/lab/vmdk"
)

// vsphere is a vCenter over this package's driver, as a client sees it.
type vsphere struct {
	t      *testing.T
	ctx    context.Context
	client *govmomi.Client
	find   *find.Finder
	store  string // host directory of the datastore ssd-1
}

func startVCenter(t *testing.T) vsphere {
	t.Helper()
	dir := t.TempDir()
	driver := newDriver(t, func(o *Options) {
		o.Roots = []string{filepath.Join(dir, "datastores")}
		o.Networks = map[string]lan.Config{"VM Network": {Subnet: lanNetwork}}
	})
	server, err := vcenter.New(vcenter.Options{DataDir: dir, Driver: driver, Disks: vmdk.Store{}, Users: map[string]string{"user": "password"}})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	address := &url.URL{Scheme: "https", Host: listener.Addr().String(), Path: "/sdk", User: url.UserPassword("user", "password")}
	client, err := govmomi.NewClient(ctx, address, true)
	if err != nil {
		t.Fatal(err)
	}
	finder := find.NewFinder(client.Client)
	datacenter, err := finder.DefaultDatacenter(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return vsphere{t, ctx, client, finder.SetDatacenter(datacenter), filepath.Join(dir, "datastores", "ssd-1")}
}

func (v vsphere) check(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

func (v vsphere) await(task *object.Task, err error) *types.TaskInfo {
	v.t.Helper()
	v.check(err)
	info, err := task.WaitForResult(v.ctx)
	v.check(err)
	return info
}

// createContainer makes a VM as the operator does: its disk a child of an
// image's, the ISO in its drive, the log on its first serial port.
func (v vsphere) createContainer(args ...string) *object.VirtualMachine {
	v.t.Helper()
	v.check(os.MkdirAll(filepath.Join(v.store, "image"), 0o755))
	v.check(os.Rename(containerDisk(v.t, v.t.TempDir()), filepath.Join(v.store, "image/image.vmdk")))
	iso, err := os.ReadFile(guestISO)
	v.check(err)
	v.check(os.WriteFile(filepath.Join(v.store, "image/vic.iso"), iso, 0o600))

	pool, err := v.find.ResourcePool(v.ctx, "Compute-1/Resources")
	v.check(err)
	datacenter, err := v.find.DefaultDatacenter(v.ctx)
	v.check(err)
	folders, err := datacenter.Folders(v.ctx)
	v.check(err)
	network, err := v.find.Network(v.ctx, "VM Network")
	v.check(err)
	backing, err := network.EthernetCardBackingInfo(v.ctx)
	v.check(err)
	spec := types.VirtualMachineConfigSpec{
		Name: "web-1", NumCPUs: 1, MemoryMB: 256, GuestId: "otherGuest64",
		Files: &types.VirtualMachineFileInfo{VmPathName: "[ssd-1] web-1/web-1.vmx"},
		ExtraConfig: []types.BaseOptionValue{
			&types.OptionValue{Key: "guestinfo.vic.config", Value: containerConfig(v.t, "ttyS0", args...)},
			&types.OptionValue{Key: "guestinfo.vic.report", Value: "{}"},
			&types.OptionValue{Key: "answer.msg.serial.file.open", Value: "Append"},
		},
		DeviceChange: containerDevices(backing),
	}
	created := v.await(folders.VmFolder.CreateVM(v.ctx, spec, pool, nil))
	return object.NewVirtualMachine(v.client.Client, created.Result.(types.ManagedObjectReference))
}

func containerDevices(backing types.BaseVirtualDeviceBackingInfo) (changes []types.BaseVirtualDeviceConfigSpec) {
	scsi := &types.ParaVirtualSCSIController{VirtualSCSIController: types.VirtualSCSIController{
		SharedBus: types.VirtualSCSISharingNoSharing, VirtualController: types.VirtualController{VirtualDevice: types.VirtualDevice{Key: -1}}}}
	const ide = 200 // every VM has this controller
	disk, cdrom := &types.VirtualDisk{}, &types.VirtualCdrom{}
	disk.Key, disk.ControllerKey, disk.UnitNumber = -3, -1, types.NewInt32(0)
	file := func(path string) types.VirtualDeviceFileBackingInfo {
		return types.VirtualDeviceFileBackingInfo{FileName: path}
	}
	disk.Backing = &types.VirtualDiskFlatVer2BackingInfo{VirtualDeviceFileBackingInfo: file("[ssd-1] web-1/web-1.vmdk"), DiskMode: "persistent",
		Parent: &types.VirtualDiskFlatVer2BackingInfo{VirtualDeviceFileBackingInfo: file("[ssd-1] image/image.vmdk"), DiskMode: "persistent"}}
	cdrom.Key, cdrom.ControllerKey, cdrom.UnitNumber = -4, ide, types.NewInt32(0)
	cdrom.Backing = &types.VirtualCdromIsoBackingInfo{VirtualDeviceFileBackingInfo: file("[ssd-1] image/vic.iso")}
	cdrom.Connectable = &types.VirtualDeviceConnectInfo{StartConnected: true, AllowGuestControl: true}
	card := &types.VirtualVmxnet3{}
	card.Key, card.Backing, card.AddressType, card.MacAddress = -5, backing, "manual", "00:50:56:00:00:01"
	card.Connectable = &types.VirtualDeviceConnectInfo{StartConnected: true, AllowGuestControl: true}
	log := &types.VirtualSerialPort{YieldOnPoll: true}
	log.Key, log.Backing = -6, &types.VirtualSerialPortFileBackingInfo{VirtualDeviceFileBackingInfo: file("[ssd-1] web-1/web-1.log")}
	for _, device := range []types.BaseVirtualDevice{scsi, disk, cdrom, card, log} {
		change := &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: device}
		if device == types.BaseVirtualDevice(disk) {
			change.FileOperation = types.VirtualDeviceConfigSpecFileOperationCreate
		}
		changes = append(changes, change)
	}
	return changes
}

// awaitVM waits until the machine's properties are as wanted.
func (v vsphere) awaitVM(vm *object.VirtualMachine, what string, holds func(mo.VirtualMachine) bool) mo.VirtualMachine {
	v.t.Helper()
	var got mo.VirtualMachine
	for {
		v.check(property.DefaultCollector(v.client.Client).RetrieveOne(v.ctx, vm.Reference(), []string{"runtime", "guest", "config.extraConfig"}, &got))
		if holds(got) {
			return got
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-v.ctx.Done():
			v.t.Fatalf("waited in vain for %s; guest %+v, report %s", what, got.Guest, report(got))
		}
	}
}

func report(vm mo.VirtualMachine) string {
	for _, option := range vm.Config.ExtraConfig {
		if option.GetOptionValue().Key == "guestinfo.vic.report" {
			return option.GetOptionValue().Value.(string)
		}
	}
	return ""
}

// greetings counts the container's words in its log.
func (v vsphere) greetings() int {
	log, _ := os.ReadFile(filepath.Join(v.store, "web-1/web-1.log"))
	return strings.Count(string(log), "stdout F hi")
}

func isPoweredOff(vm mo.VirtualMachine) bool {
	return vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff
}

func TestVCenterShowsAContainersWholeLife(t *testing.T) {
	v := startVCenter(t)
	vm := v.createContainer("/bin/program", "wait")
	for run := 1; run <= 2; run++ {
		v.await(vm.PowerOn(v.ctx))
		running := v.awaitVM(vm, "the guest", func(m mo.VirtualMachine) bool {
			return m.Guest.IpAddress != "" && strings.Contains(report(m), `"running"`) &&
				v.greetings() == run && // now it listens to signals
				m.Guest.ToolsRunningStatus == string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)
		})
		if running.Guest.HostName != "web-1" || running.Guest.IpAddress != "10.77.0.10" {
			t.Errorf("guest: %s %s", running.Guest.HostName, running.Guest.IpAddress)
		}
		v.check(vm.ShutdownGuest(v.ctx))
		off := v.awaitVM(vm, "the end", isPoweredOff)
		var said struct{ Run, ExitCode int }
		v.check(json.Unmarshal([]byte(report(off)), &said))
		if said.Run != run || said.ExitCode != 3 {
			t.Errorf("report after power-off: %s", report(off))
		}
	}
	v.await(vm.PowerOn(v.ctx))
	v.awaitVM(vm, "the process", func(m mo.VirtualMachine) bool { return strings.Contains(report(m), `"run":3`) })
	v.await(vm.PowerOff(v.ctx))
	v.awaitVM(vm, "power-off", isPoweredOff)
}
