package vcenter

import (
	"testing"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// site is the default world as a client sees it.
type site struct {
	t      testing.TB
	c      *govmomi.Client
	dc     *object.Datacenter
	pool   *object.ResourcePool
	folder *object.Folder
	finder *find.Finder
}

func (r *running) site() *site {
	r.t.Helper()
	ctx, c := testContext(r.t), r.client()
	finder := find.NewFinder(c.Client)
	dc := must(finder.DefaultDatacenter(ctx))(r.t)
	finder.SetDatacenter(dc)
	return &site{r.t, c, dc, must(finder.ResourcePool(ctx, "Compute-1/Resources"))(r.t), must(dc.Folders(ctx))(r.t).VmFolder, finder}
}

// vm creates a VM without disks.
func (s *site) vm(name string, change ...func(*types.VirtualMachineConfigSpec)) *object.VirtualMachine {
	s.t.Helper()
	spec := types.VirtualMachineConfigSpec{Name: name, Files: &types.VirtualMachineFileInfo{VmPathName: "[ssd-1]"}}
	for _, f := range change {
		f(&spec)
	}
	task, err := s.folder.CreateVM(testContext(s.t), spec, s.pool, nil)
	return object.NewVirtualMachine(s.c.Client, done(s.t, task, err).Result.(types.ManagedObjectReference))
}

func (s *site) allVMs() types.ManagedObjectReference {
	v := must(view.NewManager(s.c.Client).CreateContainerView(testContext(s.t), s.dc.Reference(), []string{"VirtualMachine"}, true))(s.t)
	return v.Reference()
}

func fault[T any](err error) bool {
	if !soap.IsSoapFault(err) {
		return false
	}
	_, ok := soap.ToSoapFault(err).VimFault().(T)
	return ok
}
