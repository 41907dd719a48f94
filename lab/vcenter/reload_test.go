package vcenter

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// kinds of objects that an inventory keeps; the test below makes each.
var keptKinds = []string{
	"Folder", "Datacenter", "ClusterComputeResource", "HostSystem", "ResourcePool", "VirtualApp", "VirtualMachine", "Datastore",
	"HostDatastoreBrowser", "EnvironmentBrowser", "Network", "DistributedVirtualPortgroup", "VmwareDistributedVirtualSwitch", "CustomFieldsManager",
}

func (r *running) objects() map[types.ManagedObjectReference]mo.Reference {
	all := map[types.ManagedObjectReference]mo.Reference{}
	r.inv.View(func(reader inventory.Reader) {
		reader.Each(func(o inventory.Object) {
			for _, kind := range keptKinds {
				if o.Reference().Type == kind {
					all[o.Reference()] = o
				}
			}
		})
	})
	return all
}

// furnish makes objects of every kind, and changes and removes some.
func (s *site) furnish() {
	ctx := testContext(s.t)
	rename := func(o object.Common, name string) {
		s.t.Helper()
		task, err := o.Rename(ctx, name)
		done(s.t, task, err)
	}
	folder := must(s.folder.CreateFolder(ctx, "team"))(s.t)
	fields := must(object.GetCustomFieldsManager(s.c.Client))(s.t)
	field := must(fields.Add(ctx, "vic.owner", "Folder", nil, nil))(s.t)
	if err := fields.Set(ctx, folder.Reference(), field.Key, "us"); err != nil {
		s.t.Fatal(err)
	}
	rename(folder.Common, "team-b")
	pool := must(s.pool.Create(ctx, "pool", unlimited()))(s.t)
	if err := pool.UpdateConfig(ctx, "pool-b", nil); err != nil {
		s.t.Fatal(err)
	}
	app := must(s.pool.CreateVApp(ctx, "app", unlimited(), types.VAppConfigSpec{Annotation: "marker"}, folder))(s.t)
	for _, name := range []string{"one", "two"} {
		task, err := app.CreateChildVM(ctx, types.VirtualMachineConfigSpec{Name: name, Files: &types.VirtualMachineFileInfo{VmPathName: "[hdd-1]"}}, nil)
		done(s.t, task, err)
	}
	sw := must(s.finder.Network(ctx, "DVS-East"))(s.t).(*object.DistributedVirtualSwitch)
	task, err := sw.AddPortgroup(ctx, []types.DVPortgroupConfigSpec{{Name: "bridge", Type: "earlyBinding", NumPorts: 8, Description: "marker"}})
	done(s.t, task, err)
	pg := must(s.finder.Network(ctx, "bridge"))(s.t).(*object.DistributedVirtualPortgroup)
	rename(pg.Common, "bridge-b")
	network := must(s.finder.Network(ctx, "VM Network"))(s.t)
	backing := must(pg.EthernetCardBackingInfo(ctx))(s.t)
	second := nic(must(network.EthernetCardBackingInfo(ctx))(s.t), "00:50:56:01:02:04")
	second.Key--
	vm := s.vm("a", withDevices(pvscsi(), addFile(disk(-1, 0, "", 1024)), add(nic(backing, "00:50:56:01:02:03")),
		add(second), add(serial("[ssd-1] a/a.log"))))
	s.on(vm)
	task, err = vm.PowerOff(ctx)
	done(s.t, task, err)
	rename(vm.Common, "b%2fc")
	for _, name := range []string{"x", "y", "z"} {
		s.vm(name)
	}
	task, err = must(s.finder.VirtualMachine(ctx, "y"))(s.t).Destroy(ctx)
	done(s.t, task, err)
	rename(object.NewCommon(s.c.Client, network.Reference()), "VM Network b")
	rename(sw.Common, "DVS-b")
	rename(s.dc.Common, "DC-b")
}

func TestAReloadedInventoryIsTheSame(t *testing.T) {
	dir := t.TempDir()
	r := startIn(t, dir)
	r.site().furnish()
	// Their tasks aren't kept, so let them be forgotten here too.
	if err := r.Restart(testContext(t), 0); err != nil {
		t.Fatal(err)
	}
	before := r.objects()
	made := map[string]bool{}
	for ref := range before {
		made[ref.Type] = true
	}
	for _, kind := range keptKinds {
		if !made[kind] {
			t.Errorf("the test makes no %s", kind)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	// Once from changes as they came, once from what a rewrite made of them.
	for range 2 {
		r = startIn(t, dir)
		recent := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".RecentTask" }, cmp.Ignore())
		if diff := cmp.Diff(before, r.objects(), cmpopts.EquateEmpty(), recent); diff != "" {
			t.Errorf("not the same:\n%s", diff)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAReloadedInventoryIsFoundByName(t *testing.T) {
	dir := t.TempDir()
	r := startIn(t, dir)
	r.site().furnish()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r = startIn(t, dir)
	s := r.site()
	ctx := testContext(t)
	search := object.NewSearchIndex(s.c.Client)
	for _, path := range []string{"DC-b/vm/team-b/app", "DC-b/vm/b%2fc", "DC-b/network/bridge-b", "DC-b/network/VM Network b", "DC-b/network/DVS-b", "DC-b/datastore/ssd-1"} {
		if found, err := search.FindByInventoryPath(ctx, path); err != nil || found == nil {
			t.Errorf("%s: %v, %v", path, found, err)
		}
	}
	for _, path := range []string{"DC-b/network/bridge", "DC-b/network/VM Network", "DC-b/vm/y"} {
		if found, err := search.FindByInventoryPath(ctx, path); err != nil || found != nil {
			t.Errorf("%s: %v, %v", path, found, err)
		}
	}
	sw := must(s.finder.Network(ctx, "DVS-b"))(t).(*object.DistributedVirtualSwitch)
	for _, name := range []string{"bridge-b", "VM Network b"} {
		task, err := sw.AddPortgroup(ctx, []types.DVPortgroupConfigSpec{{Name: name, Type: "earlyBinding"}})
		wants[*types.DuplicateName](t, failed(t, task, err))
	}
	var tree strings.Builder
	if err := r.Tree(&tree); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(tree.String()) {
		if strings.HasPrefix(strings.TrimSpace(line), "[") {
			t.Errorf("without a name: %s", line)
		}
	}
}

func TestKeysThatCameWhileOnGoWithTheHostsPower(t *testing.T) {
	for _, keep := range []bool{false, true} {
		dir := t.TempDir()
		switches := func(o *Options) { o.Assume.KeepVolatileKeys = keep }
		r := startIn(t, dir, switches)
		s := r.site()
		vm := s.vm("a", func(c *types.VirtualMachineConfigSpec) {
			c.ExtraConfig = []types.BaseOptionValue{option("guestinfo.stays", "1")}
		})
		s.on(vm)
		task, err := vm.Reconfigure(testContext(t), types.VirtualMachineConfigSpec{
			ExtraConfig: []types.BaseOptionValue{option("guestinfo.stays", "2"), option("guestinfo.goes", "1")}})
		done(t, task, err)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		got := map[string]any{}
		for _, o := range startIn(t, dir, switches).site().props(vm, "config.extraConfig").Config.ExtraConfig {
			got[o.GetOptionValue().Key] = o.GetOptionValue().Value
		}
		if _, there := got["guestinfo.goes"]; there != keep || got["guestinfo.stays"] != "2" {
			t.Errorf("keep %v: keys %v", keep, got)
		}
	}
}
