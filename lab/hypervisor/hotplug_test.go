package hypervisor

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/vic-operator/vic-operator/lab/vmdk"
)

func TestDisksComeAndGoWhileTheGuestRuns(t *testing.T) {
	dir := t.TempDir()
	base := newDisk(t, filepath.Join(dir, "base.vmdk"))
	child := newChild(t, filepath.Join(dir, "child.vmdk"), base)
	driver, events := newDriver(t, nil), newRecorder()
	g := boot(t, driver, events, testMachine("vm-1"))
	ctx := t.Context()
	g.expect("disks", "")

	if err := driver.DetachDisk(ctx, "vm-1", scsi(1, child)); err == nil {
		t.Error("a disk that isn't there was unplugged")
	}
	if err := driver.AttachDisk(ctx, "vm-1", scsi(1, filepath.Join(dir, "missing.vmdk"))); err == nil {
		t.Error("a disk without a file was plugged in")
	}
	if err := driver.AttachDisk(ctx, "vm-1", scsi(1, child)); err != nil {
		t.Fatal(err)
	}
	if err := driver.AttachDisk(ctx, "vm-1", scsi(1, newDisk(t, filepath.Join(dir, "second.vmdk")))); err == nil {
		t.Error("two disks were plugged into one place")
	}
	g.awaitDisk("0:0:1:0=131072")
	g.expect("write-disk 1 1048576 layer", "")
	if err := (vmdk.Store{}).CreateChild(filepath.Join(dir, "no.vmdk"), child); err == nil {
		t.Error("a disk in use got a child")
	}
	if err := driver.DetachDisk(ctx, "vm-1", scsi(1, child)); err != nil {
		t.Fatal(err)
	}
	// What was written is whole at once, and can be built upon.
	grandchild := newChild(t, filepath.Join(dir, "grandchild.vmdk"), child)
	other := scsi(2, grandchild)
	other.Bus = 1 // a controller that isn't there yet
	if err := driver.AttachDisk(ctx, "vm-1", other); err != nil {
		t.Fatal(err)
	}
	g.awaitDisk("1:0:2:0=131072")
	if err := driver.DetachDisk(ctx, "vm-1", other); err != nil {
		t.Fatal(err)
	}
	if err := driver.AttachDisk(ctx, "vm-1", other); err != nil { // the controller stayed
		t.Fatal(err)
	}
	if err := driver.DetachDisk(ctx, "vm-1", other); err != nil {
		t.Fatal(err)
	}
	if err := driver.AttachDisk(ctx, "vm-1", scsi(3, grandchild)); err != nil {
		t.Fatal(err)
	}
	g.awaitDisk("0:0:3:0=131072")
	g.expect("read-disk 3 1048576 5", "layer")
}

// awaitDisk asks until the guest has only this disk: it looks for disks by itself.
func (b *booted) awaitDisk(want string) {
	b.t.Helper()
	got := ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if got = b.ask("disks"); got == want {
			return
		}
	}
	b.t.Errorf("the guest has disks %q, want %q", got, want)
}
