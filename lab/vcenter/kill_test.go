package vcenter

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/device"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
	"github.com/vic-operator/vic-operator/lab/vmdk"
)

// serveIn names the directory in which this program is a vCenter, not a test.
const serveIn = "LAB_TEST_VCENTER_DIR"

// diesAt says where in a CreateVM_Task that vCenter ends, if it does.
const diesAt = "LAB_TEST_VCENTER_DIES"

func TestMain(m *testing.M) {
	if dir := os.Getenv(serveIn); dir != "" {
		if err := serveUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func serveUntilKilled(dir string) error {
	v, err := New(Options{DataDir: dir, Driver: &guest.Simulated{}, Disks: vmdk.Store{}, Users: map[string]string{testUser: testPassword}})
	if err != nil {
		return err
	}
	if death := os.Getenv(diesAt); death != "" {
		if err := v.AddRule(control.Rule{Method: "CreateVM_Task", Dies: death}); err != nil {
			return err
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	return v.Serve(l)
}

// process is a vCenter that can be killed.
type process struct {
	cmd *exec.Cmd
	url *url.URL
}

func startProcess(t *testing.T, dir string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(must(os.Executable())(t))}
	p.cmd.Env, p.cmd.Stderr = append(os.Environ(), serveIn+"="+dir), os.Stderr
	out := must(p.cmd.StdoutPipe())(t)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	addr := must(bufio.NewReader(out).ReadString('\n'))(t)
	p.url = &url.URL{Scheme: "https", Host: strings.TrimSpace(addr), Path: "/sdk", User: url.UserPassword(testUser, testPassword)}
	return p
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// acknowledged is what clients were told.
type acknowledged struct {
	sync.Mutex
	there map[types.ManagedObjectReference]string // VMs, with their annotation
	gone  map[types.ManagedObjectReference]bool
	tasks map[string]bool
	// unsure are VMs whose last call wasn't answered.
	unsure map[types.ManagedObjectReference]bool

	left   int // calls until enough is closed
	enough chan struct{}
}

// live creates VMs, changes and destroys some, until the vCenter is gone.
func (a *acknowledged) live(ctx context.Context, to *url.URL, name string) {
	c, err := govmomi.NewClient(ctx, to, true)
	if err != nil {
		return
	}
	finder := find.NewFinder(c.Client)
	pool, err := finder.ResourcePool(ctx, "/DC0/host/Compute-1/Resources")
	if err != nil {
		return
	}
	folder, err := finder.Folder(ctx, "/DC0/vm")
	if err != nil {
		return
	}
	for i := 0; ; i++ {
		if a.one(ctx, folder, pool, fmt.Sprintf("%s-%d", name, i), i) != nil {
			return
		}
	}
}

func (a *acknowledged) one(ctx context.Context, folder *object.Folder, pool *object.ResourcePool, name string, i int) error {
	spec := types.VirtualMachineConfigSpec{Name: name, Files: &types.VirtualMachineFileInfo{VmPathName: fmt.Sprintf("[ssd-1] %s/%s.vmx", name, name)},
		DeviceChange: []types.BaseVirtualDeviceConfigSpec{pvscsi(), addFile(disk(-1, 0, "", 1<<10))}}
	task, err := folder.CreateVM(ctx, spec, pool, nil)
	info, err := a.result(ctx, task, err)
	if err != nil {
		return err
	}
	vm := object.NewVirtualMachine(folder.Client(), info.Result.(types.ManagedObjectReference))
	ref := vm.Reference()
	a.note(func() { a.there[ref] = ""; a.unsure[ref] = true })
	switch i % 4 {
	case 0:
		task, err = vm.Reconfigure(ctx, types.VirtualMachineConfigSpec{Annotation: name})
		if _, err = a.result(ctx, task, err); err == nil {
			a.note(func() { a.there[ref] = name })
		}
	case 1:
		task, err = vm.Destroy(ctx)
		if _, err = a.result(ctx, task, err); err == nil {
			a.note(func() { delete(a.there, ref); a.gone[ref] = true })
		}
	case 2:
		task, err = vm.PowerOn(ctx)
		_, err = a.result(ctx, task, err)
	}
	if err == nil {
		a.note(func() { delete(a.unsure, ref) })
	}
	return err
}

func (a *acknowledged) result(ctx context.Context, task *object.Task, err error) (*types.TaskInfo, error) {
	if err != nil {
		return nil, err
	}
	a.note(func() {
		a.tasks[task.Reference().Value] = true
		if a.left--; a.left == 0 {
			close(a.enough)
		}
	})
	return task.WaitForResult(ctx)
}

func (a *acknowledged) note(what func()) {
	a.Lock()
	defer a.Unlock()
	what()
}

func TestWhatWasAcknowledgedOutlivesAKill(t *testing.T) {
	dir := t.TempDir()
	told := &acknowledged{there: map[types.ManagedObjectReference]string{}, gone: map[types.ManagedObjectReference]bool{},
		tasks: map[string]bool{}, unsure: map[types.ManagedObjectReference]bool{}}
	for round := range 6 {
		p := startProcess(t, dir)
		ctx, cancel := context.WithCancel(testContext(t))
		told.left, told.enough = 16+rand.IntN(80), make(chan struct{})
		var clients sync.WaitGroup
		for i := range 8 {
			clients.Go(func() { told.live(ctx, p.url, fmt.Sprintf("vm-%d-%d", round, i)) })
		}
		select {
		case <-told.enough:
			time.Sleep(time.Duration(rand.IntN(5000)) * time.Microsecond)
		case <-ctx.Done():
			t.Fatal("no answers")
		}
		p.kill()
		cancel()
		clients.Wait()
		told.check(t, dir)
	}
	if len(told.there) == 0 || len(told.gone) == 0 {
		t.Errorf("%d VMs made, %d destroyed: too few to say anything", len(told.there), len(told.gone))
	}
	t.Logf("%d VMs made, %d destroyed", len(told.there), len(told.gone))
}

// check compares what was told with what a new process finds.
func (a *acknowledged) check(t *testing.T, dir string) {
	t.Helper()
	r := startIn(t, dir)
	for ref, annotation := range a.there {
		vm, _ := r.Inventory(ref).(*mo.VirtualMachine)
		switch {
		case vm == nil && !a.unsure[ref]:
			t.Errorf("%s is lost", ref.Value)
		case vm != nil && annotation != "" && vm.Config.Annotation != annotation:
			t.Errorf("the change of %s is lost", ref.Value)
		}
	}
	for ref := range a.gone {
		if r.Inventory(ref) != nil {
			t.Errorf("%s is back", ref.Value)
		}
	}
	for _, o := range r.objects() {
		vm, ok := o.(*mo.VirtualMachine)
		if !ok {
			continue
		}
		if file, err := os.Stat(r.hostFile(vm.Config.Files.VmPathName)); err != nil || file.Size() == 0 {
			t.Errorf("%s has no configuration file: %v", vm.Name, err)
		}
		for _, d := range device.Disks(vm.Config.Hardware.Device) {
			b, _ := device.BackingOf(d)
			if _, err := os.Stat(r.hostFile(b.File)); err != nil {
				t.Errorf("%s has no disk: %v", vm.Name, err)
			}
		}
		if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff {
			t.Errorf("%s is %s", vm.Name, vm.Runtime.PowerState)
		}
	}
	s := r.site()
	task, err := s.folder.CreateVM(testContext(t), types.VirtualMachineConfigSpec{Name: fmt.Sprintf("fresh-%d", len(a.there)),
		Files: &types.VirtualMachineFileInfo{VmPathName: "[ssd-1]"}}, s.pool, nil)
	fresh := done(t, task, err).Result.(types.ManagedObjectReference)
	if _, known := a.there[fresh]; known || a.gone[fresh] || a.tasks[task.Reference().Value] {
		t.Errorf("%s or %s was given again", fresh.Value, task.Reference().Value)
	}
	a.there[fresh] = ""
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

// hostFile is where a datastore path is.
func (r *running) hostFile(path string) string {
	p, err := datastore.ParsePath(path)
	if err != nil {
		r.t.Fatal(err)
	}
	return p.Host(filepath.Join(r.dir, "datastores", p.Datastore))
}
