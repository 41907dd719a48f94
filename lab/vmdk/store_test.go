package vmdk

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

const mebibyte = 1 << 20

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	output, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, output)
	}
	return string(output)
}

func TestRefusesWhatIsNoDisk(t *testing.T) {
	dir := t.TempDir()
	flat := filepath.Join(dir, "flat.vmdk")
	must(t, os.WriteFile(flat, []byte("# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\nRW 8 FLAT \"/etc/shadow\" 0\n"+strings.Repeat("#", 600)), 0o600))
	short := filepath.Join(dir, "short.vmdk")
	must(t, os.WriteFile(short, []byte("KDMV"), 0o600))
	missing := filepath.Join(dir, "missing.vmdk")
	for path, want := range map[string]error{flat: guest.ErrNotADisk, short: guest.ErrNotADisk, missing: guest.ErrNoDisk, dir: guest.ErrNotADisk} {
		if _, err := (Store{}).Info(path); !errors.Is(err, want) {
			t.Errorf("Info(%s) = %v, want %v", path, err, want)
		}
		if err := (Store{}).CreateChild(filepath.Join(dir, "c.vmdk"), path); !errors.Is(err, want) {
			t.Errorf("CreateChild of %s = %v, want %v", path, err, want)
		}
		if err := (Store{}).Delete(path); !errors.Is(err, want) {
			t.Errorf("Delete(%s) = %v, want %v", path, err, want)
		}
	}
	if _, err := os.Stat(flat); err != nil {
		t.Errorf("Delete removed a file that is no disk: %v", err)
	}
}

func TestCreateRefusesBadCapacityAndLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	for _, capacity := range []int64{0, -1, maxCapacity + 1} {
		if err := (Store{}).Create(filepath.Join(dir, "d.vmdk"), capacity); err == nil {
			t.Errorf("Create accepted a capacity of %d", capacity)
		}
	}
	if err := (Store{}).Create(filepath.Join(dir, `quo"te.vmdk`), mebibyte); err == nil {
		t.Error("Create accepted a name that breaks the descriptor")
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("files are left: %v", left)
	}
}

func TestCreateNeverReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.vmdk")
	must(t, Store{}.Create(path, mebibyte))
	before, _ := os.ReadFile(path)
	if err := (Store{}).Create(path, 2*mebibyte); !errors.Is(err, guest.ErrDiskExists) {
		t.Errorf("second Create = %v, want ErrDiskExists", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("second Create changed the disk")
	}
}

func TestQEMUAgreesWithWhatIsWritten(t *testing.T) {
	dir := t.TempDir()
	for name, capacity := range map[string]int64{"small": 512, "odd": 100*mebibyte + 1, "usual": 8 << 30, "large": 2 << 40} {
		path := filepath.Join(dir, name+".vmdk")
		must(t, Store{}.Create(path, capacity))
		run(t, "qemu-img", "check", "-f", "vmdk", path)
		var info struct {
			VirtualSize int64 `json:"virtual-size"`
		}
		must(t, json.Unmarshal([]byte(run(t, "qemu-img", "info", "--output=json", path)), &info))
		ours, err := (Store{}).Info(path)
		must(t, err)
		if want := (capacity + 511) / 512 * 512; info.VirtualSize != want || ours.CapacityBytes != want {
			t.Errorf("%s: QEMU sees %d bytes, Info %d, want %d", name, info.VirtualSize, ours.CapacityBytes, want)
		}
		if len(ours.UUID) != 32 || !strings.HasPrefix(ours.UUID, "6000c29") {
			t.Errorf("%s: UUID is %q", name, ours.UUID)
		}
	}
}

func TestChildrenShowTheirParentsBlocksUntilTheyWrite(t *testing.T) {
	dir := t.TempDir()
	base, middle, leaf := filepath.Join(dir, "a/base.vmdk"), filepath.Join(dir, "b/middle.vmdk"), filepath.Join(dir, "c/leaf.vmdk")
	for _, path := range []string{base, middle, leaf} {
		must(t, os.Mkdir(filepath.Dir(path), 0o755))
	}
	must(t, Store{}.Create(base, 64*mebibyte))
	run(t, "qemu-io", "-f", "vmdk", "-c", "write -P 0x11 0 1M", "-c", "write -P 0x22 40M 64k", base)
	must(t, Store{}.CreateChild(middle, base))
	run(t, "qemu-io", "-f", "vmdk", "-c", "write -P 0x33 512k 64k", middle)
	must(t, Store{}.CreateChild(leaf, middle))
	baseBefore, _ := os.ReadFile(base)
	run(t, "qemu-io", "-f", "vmdk", "-c", "write -P 0x44 1M 4k",
		"-c", "read -P 0x11 0 512k", "-c", "read -P 0x33 512k 64k", "-c", "read -P 0x22 40M 64k", "-c", "read -P 0x44 1M 4k", leaf)
	if baseAfter, _ := os.ReadFile(base); !bytes.Equal(baseBefore, baseAfter) {
		t.Error("writing to the leaf changed its ancestor")
	}
	run(t, "qemu-img", "check", "-f", "vmdk", leaf)
	layers, err := Chain(leaf)
	must(t, err)
	if len(layers) != 3 || layers[2].Path != base {
		t.Errorf("chain is %v", layers)
	}
	if info, err := (Store{}).Info(leaf); err != nil || info.Parent != middle || info.CapacityBytes != 64*mebibyte {
		t.Errorf("Info = %+v, %v", info, err)
	}

	whole := filepath.Join(dir, "whole.vmdk")
	must(t, Store{}.Copy(leaf, whole))
	run(t, "qemu-img", "compare", "-f", "vmdk", "-F", "vmdk", leaf, whole)
	if info, _ := (Store{}).Info(whole); info.Parent != "" {
		t.Errorf("copy has parent %q", info.Parent)
	}
	if err := (Store{}).Copy(base, whole); !errors.Is(err, guest.ErrDiskExists) {
		t.Errorf("Copy onto a disk = %v, want ErrDiskExists", err)
	}
	must(t, Store{}.Delete(leaf))
	if _, err := os.Stat(middle); err != nil {
		t.Errorf("Delete took the parent along: %v", err)
	}
}

func TestChainNoticesThatAParentWasWrittenTo(t *testing.T) {
	dir := t.TempDir()
	base, leaf := filepath.Join(dir, "base.vmdk"), filepath.Join(dir, "leaf.vmdk")
	must(t, Store{}.Create(base, mebibyte))
	must(t, Store{}.CreateChild(leaf, base))
	run(t, "qemu-io", "-f", "vmdk", "-c", "write 0 4k", base)
	if _, err := Chain(leaf); err == nil || !strings.Contains(err.Error(), "written to") {
		t.Errorf("Chain = %v", err)
	}
	if err := (Store{}).Copy(leaf, filepath.Join(dir, "copy.vmdk")); err == nil {
		t.Error("Copy accepted a broken chain")
	}
	must(t, os.Remove(base))
	if _, err := Chain(leaf); !errors.Is(err, guest.ErrNoDisk) {
		t.Errorf("Chain without the parent = %v, want ErrNoDisk", err)
	}
}

func TestADiskOpenForWritingGetsNoChild(t *testing.T) {
	dir := t.TempDir()
	base := filepath.Join(dir, "base.vmdk")
	must(t, Store{}.Create(base, mebibyte))
	// qemu-io keeps the image open while it waits for its next command.
	writer := exec.Command("qemu-io", "-f", "vmdk", base)
	commands, err := writer.StdinPipe()
	must(t, err)
	output, err := writer.StdoutPipe()
	must(t, err)
	must(t, writer.Start())
	_, err = commands.Write([]byte("length\n"))
	must(t, err)
	_, err = output.Read(make([]byte, 64)) // it answers, so the image is open
	must(t, err)

	for what, err := range map[string]error{
		"CreateChild": Store{}.CreateChild(filepath.Join(dir, "c.vmdk"), base),
		"Copy":        Store{}.Copy(base, filepath.Join(dir, "copy.vmdk")),
		"Delete":      Store{}.Delete(base),
	} {
		if !errors.Is(err, ErrInUse) {
			t.Errorf("%s of a disk in use = %v, want ErrInUse", what, err)
		}
	}
	must(t, commands.Close())
	must(t, writer.Wait())
	must(t, Store{}.CreateChild(filepath.Join(dir, "c.vmdk"), base))
}

func BenchmarkCreateChild(b *testing.B) {
	dir := b.TempDir()
	base, child := filepath.Join(dir, "base.vmdk"), filepath.Join(dir, "child.vmdk")
	if err := (Store{}).Create(base, 8<<30); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := (Store{}).CreateChild(child, base); err != nil {
			b.Fatal(err)
		}
		if err := (Store{}).Delete(child); err != nil {
			b.Fatal(err)
		}
	}
}
