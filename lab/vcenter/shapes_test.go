package vcenter

import (
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/ops"
)

// of starts a vCenter of a shape.
func of(t *testing.T, profile string) *running {
	t.Helper()
	world, ok := ops.ProfileWorld(profile)
	if !ok {
		t.Fatalf("no profile %s", profile)
	}
	return start(t, func(o *Options) { o.World = world })
}

// refused expects a call to be answered with a fault of that type.
func refused[F any](t *testing.T, what string, err error) {
	t.Helper()
	if err != nil && soap.IsSoapFault(err) {
		if _, ok := soap.ToSoapFault(err).VimFault().(F); ok {
			return
		}
	}
	t.Errorf("%s: %v", what, err)
}

func TestBareHostRefusesWhatOnlyVCenterHas(t *testing.T) {
	r := of(t, "esxi")
	c := r.client()
	ctx := testContext(t)
	content := c.ServiceContent
	if content.About.ApiType != "HostAgent" || content.CustomFieldsManager != nil {
		t.Errorf("apiType %s, customFieldsManager %v", content.About.ApiType, content.CustomFieldsManager)
	}
	vms := object.NewFolder(c.Client, types.ManagedObjectReference{Type: "Folder", Value: "ha-folder-vm"})
	_, err := vms.CreateFolder(ctx, "team")
	refused[types.NotSupported](t, "a folder", err)
	pool := object.NewResourcePool(c.Client, types.ManagedObjectReference{Type: "ResourcePool", Value: "ha-root-pool"})
	_, err = pool.CreateVApp(ctx, "team", types.DefaultResourceConfigSpec(), types.VAppConfigSpec{}, nil)
	refused[types.NotSupported](t, "a vApp", err)
	if _, err := pool.Create(ctx, "team", types.DefaultResourceConfigSpec()); err != nil {
		t.Errorf("a pool: %v", err)
	}
}

func TestClusterWithoutDRSHasNeitherPoolsNorVApps(t *testing.T) {
	r := of(t, "no-drs")
	c := r.client()
	ctx := testContext(t)
	pool := must(find.NewFinder(c.Client).ResourcePool(ctx, "/DC0/host/Compute-1/Resources"))(t)
	_, err := pool.Create(ctx, "team", types.DefaultResourceConfigSpec())
	refused[types.NotSupported](t, "a pool", err)
	folder := must(find.NewFinder(c.Client).Folder(ctx, "/DC0/vm"))(t)
	_, err = pool.CreateVApp(ctx, "team", types.DefaultResourceConfigSpec(), types.VAppConfigSpec{}, folder)
	refused[types.InvalidState](t, "a vApp", err)
}

func TestPortGroupsOfHostsOfOneNameAreOneNetwork(t *testing.T) {
	r := of(t, "standard-switch")
	c := r.client()
	ctx := testContext(t)
	hosts := must(find.NewFinder(c.Client).HostSystemList(ctx, "/DC0/host/*/*"))(t)
	spec := types.HostPortGroupSpec{Name: "team", VlanId: 7, VswitchName: "vSwitch0"}
	var systems []*object.HostNetworkSystem
	for _, host := range hosts {
		system := must(host.ConfigManager().NetworkSystem(ctx))(t)
		systems = append(systems, system)
		if err := system.AddPortGroup(ctx, spec); err != nil {
			t.Fatal(err)
		}
	}
	refused[types.AlreadyExists](t, "the same again", systems[0].AddPortGroup(ctx, spec))
	refused[types.NotFound](t, "another switch", systems[0].AddPortGroup(ctx, types.HostPortGroupSpec{Name: "x", VswitchName: "vSwitch9"}))
	refused[types.InvalidArgument](t, "a VLAN too high", systems[0].AddPortGroup(ctx, types.HostPortGroupSpec{Name: "x", VswitchName: "vSwitch0", VlanId: 5000}))
	found := must(find.NewFinder(c.Client).Network(ctx, "/DC0/network/team"))(t)
	var network mo.Network
	if err := c.RetrieveOne(ctx, found.Reference(), nil, &network); err != nil || len(network.Host) != len(hosts) {
		t.Fatalf("%v: hosts %v", err, network.Host)
	}
	spec.VlanId = 8
	if err := systems[0].UpdatePortGroup(ctx, "team", spec); err != nil {
		t.Fatal(err)
	}
	var host mo.HostSystem
	if err := c.RetrieveOne(ctx, hosts[0].Reference(), []string{"config.network.portgroup"}, &host); err != nil {
		t.Fatal(err)
	}
	if at := len(host.Config.Network.Portgroup) - 1; host.Config.Network.Portgroup[at].Spec.VlanId != 8 {
		t.Errorf("the host says %+v", host.Config.Network.Portgroup[at].Spec)
	}
	for _, system := range systems {
		if err := system.RemovePortGroup(ctx, "team"); err != nil {
			t.Fatal(err)
		}
	}
	refused[types.NotFound](t, "one that is gone", systems[0].RemovePortGroup(ctx, "team"))
	if r.Inventory(found.Reference()) != nil {
		t.Error("the network outlived its last port group")
	}
}

func TestEveryShapeOutlivesARestart(t *testing.T) {
	for _, profile := range ops.Profiles() {
		t.Run(profile, func(t *testing.T) {
			world, _ := ops.ProfileWorld(profile)
			dir := t.TempDir()
			first := startIn(t, dir, func(o *Options) { o.World = world })
			before := first.client().ServiceContent.About
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			second := startIn(t, dir)
			c := second.client()
			if after := c.ServiceContent.About; after != before {
				t.Errorf("was %+v, is %+v", before, after)
			}
			if _, err := methods.GetCurrentTime(testContext(t), c); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestObjectStoreChoosesTheNamesOfItsDirectories(t *testing.T) {
	s := of(t, "vsan").site()
	c, ctx := s.c.Client, testContext(t)
	files, names := object.NewFileManager(c), object.NewDatastoreNamespaceManager(c)
	store := must(find.NewFinder(c).SetDatacenter(s.dc).Datastore(ctx, "ssd-1"))(t)
	refused[types.CannotCreateFile](t, "a top-level directory", files.MakeDirectory(ctx, "[ssd-1] team", s.dc, false))
	refused[types.CannotCreateFile](t, "one with its parents", files.MakeDirectory(ctx, "[ssd-1] team/images", s.dc, true))

	made := must(names.CreateDirectory(ctx, store, "team", ""))(t)
	_, err := names.CreateDirectory(ctx, store, "team", "")
	refused[types.FileAlreadyExists](t, "another of its name", err)
	url := strings.TrimSuffix("ds://"+made, path.Base(made))
	if found := must(names.ConvertNamespacePathToUuidPath(ctx, s.dc, url+"team/a"))(t); found != "ds://"+made+"/a" {
		t.Errorf("team is %s, made as %s", found, made)
	}
	_, err = names.ConvertNamespacePathToUuidPath(ctx, s.dc, url+"nobody")
	refused[types.InvalidDatastorePath](t, "a name that nothing has", err)

	refused[types.CannotCreateFile](t, "a directory by the name that people see", files.MakeDirectory(ctx, "[ssd-1] team/images", s.dc, false))
	own := "[ssd-1] " + path.Base(made)
	s.mkdir(own + "/images")
	info, err := must(files.DeleteDatastoreFile(ctx, own, s.dc))(t).WaitForResult(ctx, nil)
	if _, ok := info.Error.Fault.(*types.CannotDeleteFile); !ok {
		t.Errorf("its deletion as a file: %v", err)
	}
	refused[types.CannotDeleteFile](t, "its deletion with something in it", names.DeleteDirectory(ctx, s.dc, made))
	disks := object.NewVirtualDiskManager(c)
	spec := &types.FileBackedVirtualDiskSpec{
		VirtualDiskSpec: types.VirtualDiskSpec{DiskType: "thin", AdapterType: "lsiLogic"}, CapacityKb: 1024}
	disk := own + "/images/disk.vmdk"
	if err := must(disks.CreateVirtualDisk(ctx, disk, s.dc, spec))(t).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	for what, name := range map[string]string{"a disk as a file": disk, "a directory with something in it": own + "/images"} {
		info, err := must(files.DeleteDatastoreFile(ctx, name, s.dc))(t).WaitForResult(ctx, nil)
		if _, ok := info.Error.Fault.(*types.CannotDeleteFile); !ok {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := must(disks.DeleteVirtualDisk(ctx, disk, s.dc))(t).Wait(ctx); err != nil {
		t.Error(err)
	}
	if err := must(files.DeleteDatastoreFile(ctx, own+"/images", s.dc))(t).Wait(ctx); err != nil {
		t.Error(err)
	}
	if err := names.DeleteDirectory(ctx, s.dc, made); err != nil {
		t.Error(err)
	}
	refused[types.FileNotFound](t, "its deletion once more", names.DeleteDirectory(ctx, s.dc, made))
}

func TestObjectStoreChoosesTheDirectoryOfAVM(t *testing.T) {
	s := of(t, "vsan").site()
	for _, wanted := range []string{"[ssd-1]", "[ssd-1] anything"} {
		vm := s.vm("vm"+strconv.Itoa(len(wanted)), func(spec *types.VirtualMachineConfigSpec) { spec.Files.VmPathName = wanted })
		dir := path.Dir(s.props(vm, "config.files").Config.Files.VmPathName)
		if uuid.Validate(strings.TrimPrefix(dir, "[ssd-1] ")) != nil {
			t.Errorf("%s: its directory is %s", wanted, dir)
		}
	}
}
