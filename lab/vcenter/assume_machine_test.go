package vcenter

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
)

// otherwise is a vCenter in one position, with a client.
func otherwise(t testing.TB, a control.Assumptions) (*running, *site) {
	t.Helper()
	r := start(t, func(o *Options) { o.Assume = a })
	return r, r.site()
}

func inDirectory(path string) func(*types.VirtualMachineConfigSpec) {
	return func(c *types.VirtualMachineConfigSpec) { c.Files.VmPathName = path }
}

func TestWhereAMachinesDirectoryHasToBeThere(t *testing.T) {
	_, s := otherwise(t, control.Assumptions{NoHomeDirectory: true})
	spec := types.VirtualMachineConfigSpec{Name: "a", Files: &types.VirtualMachineFileInfo{VmPathName: "[ssd-1] own/a.vmx"}}
	task, err := s.folder.CreateVM(testContext(t), spec, s.pool, nil)
	if got := failed(t, task, err); got.(*types.FileNotFound).File != "[ssd-1] own" {
		t.Errorf("%#v", got)
	}
	s.mkdir("[ssd-1] own")
	s.vm("a", inDirectory("[ssd-1] own/a.vmx"))
}

func TestASecondInstanceUUIDIsAnotherOrNot(t *testing.T) {
	const id = "50000000-0000-4000-8000-000000000001"
	for _, same := range []bool{false, true} {
		_, s := otherwise(t, control.Assumptions{SameInstanceUuids: same})
		withID := func(c *types.VirtualMachineConfigSpec) { c.InstanceUuid = id }
		first, second := s.vm("a", withID), s.vm("b", withID)
		if got := s.props(first, "config.instanceUuid").Config.InstanceUuid; got != id {
			t.Errorf("the first has %s", got)
		}
		if got := s.props(second, "config.instanceUuid").Config.InstanceUuid; (got == id) != same {
			t.Errorf("same %v: the second has %s", same, got)
		}
	}
}

func TestWhereEveryDiskNeedsItsCapacity(t *testing.T) {
	r, s := otherwise(t, control.Assumptions{})
	s.mkdir("[ssd-1] images")
	builder := s.vm("builder", withDevices(pvscsi(), addFile(disk(-1, 0, "[ssd-1] images/base.vmdk", 4096))))
	s.reconfigureAway(builder)
	r.Assume(control.Assumptions{CapacityRequired: true})
	vm := s.vm("a", withDevices(pvscsi()))
	task, err := s.reconfigure(vm, addFile(child(1000, 0, "", "[ssd-1] images/base.vmdk")))
	wants[*types.InvalidDeviceSpec](t, failed(t, task, err))
	task, err = s.reconfigure(vm, add(disk(1000, 0, "[ssd-1] images/base.vmdk", 0)))
	wants[*types.InvalidDeviceSpec](t, failed(t, task, err))
	sized := child(1000, 0, "", "[ssd-1] images/base.vmdk")
	sized.CapacityInKB = 4096
	task, err = s.reconfigure(vm, addFile(sized))
	done(t, task, err)
}

func TestWhereDisksLeaveWholeAndAlone(t *testing.T) {
	r, s := otherwise(t, control.Assumptions{WholeDevices: true})
	vm := s.vm("a", withDevices(pvscsi(), addFile(disk(-1, 0, "", 4096))))
	whole := s.firstDisk(vm)
	bare := &types.VirtualDisk{VirtualDevice: types.VirtualDevice{Key: whole.Key, ControllerKey: whole.ControllerKey, UnitNumber: whole.UnitNumber}}
	task, err := s.reconfigure(vm, remove(bare))
	wants[*types.InvalidDeviceSpec](t, failed(t, task, err))
	r.Assume(control.Assumptions{NoSwap: true})
	task, err = s.reconfigure(vm, remove(bare), addFile(disk(1000, 0, "", 4096)))
	wants[*types.InvalidDeviceSpec](t, failed(t, task, err))
	task, err = s.reconfigure(vm, remove(bare))
	done(t, task, err)
}

func TestWhereNetworkCardsGetOtherAddresses(t *testing.T) {
	_, s := otherwise(t, control.Assumptions{OwnMacs: true})
	backing := &types.VirtualEthernetCardNetworkBackingInfo{VirtualDeviceDeviceBackingInfo: types.VirtualDeviceDeviceBackingInfo{DeviceName: "VM Network"}}
	vm := s.vm("a", withDevices(add(nic(backing, "00:50:56:00:00:01"))))
	for _, d := range s.props(vm, "config.hardware.device").Config.Hardware.Device {
		if card, ok := d.(*types.VirtualVmxnet3); ok && (card.MacAddress == "00:50:56:00:00:01" || card.AddressType != "assigned") {
			t.Errorf("%s, %s", card.MacAddress, card.AddressType)
		}
	}
}

func TestWherePortGroupsDoNotGrow(t *testing.T) {
	_, s := otherwise(t, control.Assumptions{FixedPorts: true})
	ctx := testContext(t)
	dvs := must(s.finder.Network(ctx, "DVS-East"))(t).(*object.DistributedVirtualSwitch)
	task, err := dvs.AddPortgroup(ctx, []types.DVPortgroupConfigSpec{{Name: "narrow", Type: "earlyBinding", NumPorts: 1}})
	done(t, task, err)
	network := must(s.finder.Network(ctx, "narrow"))(t)
	backing := must(network.EthernetCardBackingInfo(ctx))(t)
	s.vm("a", withDevices(add(nic(backing, "00:50:56:00:00:01"))))
	spec := types.VirtualMachineConfigSpec{Name: "b", Files: &types.VirtualMachineFileInfo{VmPathName: "[ssd-1]"},
		DeviceChange: []types.BaseVirtualDeviceConfigSpec{add(nic(backing, "00:50:56:00:00:02"))}}
	task, err = s.folder.CreateVM(ctx, spec, s.pool, nil)
	wants[*types.ResourceNotAvailable](t, failed(t, task, err))
}

func TestWhereNamesAreShorter(t *testing.T) {
	r, s := otherwise(t, control.Assumptions{ShortNames: true})
	name := "a2345678901234567890123456789012345678901234567890123456789012345678901234567890"
	if _, err := s.folder.CreateFolder(testContext(t), name); !fault[types.InvalidName](err) {
		t.Errorf("80 characters: %v", err)
	}
	if _, err := s.folder.CreateFolder(testContext(t), name[:79]); err != nil {
		t.Errorf("79 characters: %v", err)
	}
	r.Assume(control.Assumptions{BareDuplicateName: true})
	_, err := s.folder.CreateFolder(testContext(t), name[:79])
	if d, ok := vimFault(err).(types.DuplicateName); !ok || d.Object != s.folder.Reference() {
		t.Errorf("%#v", vimFault(err))
	}
}

func TestWhereAClusterHasNoDRS(t *testing.T) {
	r, s := otherwise(t, control.Assumptions{})
	app := must(s.pool.CreateVApp(testContext(t), "app", unlimited(), types.VAppConfigSpec{}, s.folder))(t)
	r.Assume(control.Assumptions{NoDrs: true})
	if _, err := s.pool.CreateVApp(testContext(t), "other", unlimited(), types.VAppConfigSpec{}, s.folder); !fault[types.InvalidState](err) {
		t.Errorf("a new vApp: %v", err)
	}
	task, err := app.CreateChildVM(testContext(t), types.VirtualMachineConfigSpec{Name: "a", Files: &types.VirtualMachineFileInfo{VmPathName: "[ssd-1]"}}, nil)
	done(t, task, err)
}

func TestDatastoresOtherwise(t *testing.T) {
	r, s := otherwise(t, control.Assumptions{NoRanges: true, RemakeDirectories: true, UntypedListings: true})
	s.mkdir("[ssd-1] dir")
	s.mkdir("[ssd-1] dir")
	s.file(r, "PUT", "dir/a", "hello", nil)
	status, body := s.file(r, "GET", "dir/a", "", func(req *http.Request) { req.Header.Set("Range", "bytes=1-2") })
	if status != http.StatusOK || body != "hello" {
		t.Errorf("a range: %d %q", status, body)
	}
	ds := must(s.finder.Datastore(testContext(t), "ssd-1"))(t)
	browser := must(ds.Browser(testContext(t)))(t)
	task, err := browser.SearchDatastore(testContext(t), "[ssd-1]", &types.HostDatastoreBrowserSearchSpec{MatchPattern: []string{"*"}})
	found := done(t, task, err).Result.(types.HostDatastoreBrowserSearchResults)
	if len(found.File) != 1 {
		t.Fatalf("%+v", found.File)
	}
	if _, plain := found.File[0].(*types.FileInfo); !plain {
		t.Errorf("%T", found.File[0])
	}
}

func TestADeletionThatFaultsMayHaveDeletedSome(t *testing.T) {
	for _, some := range []bool{false, true} {
		r, s := otherwise(t, control.Assumptions{PartialDeletes: some})
		s.mkdir("[ssd-1] own")
		vm := s.vm("a", inDirectory("[ssd-1] own/a.vmx"), withDevices(pvscsi(), addFile(disk(-1, 0, "[ssd-1] own/a.vmdk", 1024))))
		s.on(vm)
		s.file(r, "PUT", "own/other", "x", nil)
		files := object.NewFileManager(s.c.Client)
		task, err := files.DeleteDatastoreFile(testContext(t), "[ssd-1] own", s.dc)
		wants[*types.FileLocked](t, failed(t, task, err))
		_, err = os.Stat(filepath.Join(r.dir, "datastores", "ssd-1", "own", "other"))
		if os.IsNotExist(err) != some {
			t.Errorf("some %v: %v", some, err)
		}
	}
}
