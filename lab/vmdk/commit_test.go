package vmdk

import (
	"os"
	"path/filepath"
	"testing"
)

func TestACommittedChildsContentIsItsParents(t *testing.T) {
	dir := t.TempDir()
	base, child, above := filepath.Join(dir, "base.vmdk"), filepath.Join(dir, "child.vmdk"), filepath.Join(dir, "above.vmdk")
	s := Store{}
	must(t, s.Create(base, 1<<20))
	if s.Commit(base) == nil {
		t.Error("a disk without a parent was committed")
	}
	must(t, s.CreateChild(child, base))
	must(t, s.CreateChild(above, child))
	must(t, s.Commit(child)) // empty: nothing to do
	run(t, "qemu-io", "-f", "vmdk", "-c", "write -P 0x5a 64k 64k", child)
	must(t, s.Commit(child))
	must(t, s.Reparent(above, base))
	must(t, s.Delete(child))
	run(t, "qemu-io", "-r", "-f", "vmdk", "-c", "read -P 0x5a 64k 64k", above)
	if chain, err := Chain(above); err != nil || len(chain) != 2 {
		t.Errorf("chain %v: %v", chain, err)
	}
}

func TestADiskCopiedAloneKeepsItsParent(t *testing.T) {
	dir := t.TempDir()
	base, child := filepath.Join(dir, "base.vmdk"), filepath.Join(dir, "child.vmdk")
	copied := filepath.Join(dir, "elsewhere", "copy.vmdk")
	must(t, os.Mkdir(filepath.Dir(copied), 0o755))
	s := Store{}
	must(t, s.Create(base, 1<<20))
	run(t, "qemu-io", "-f", "vmdk", "-c", "write -P 0x11 0 64k", base)
	must(t, s.CreateChild(child, base))
	run(t, "qemu-io", "-f", "vmdk", "-c", "write -P 0x22 64k 64k", child)
	must(t, s.CopyAlone(child, copied))
	if s.CopyAlone(child, copied) == nil {
		t.Error("a disk was replaced")
	}
	must(t, s.Delete(child))
	run(t, "qemu-io", "-r", "-f", "vmdk", "-c", "read -P 0x11 0 64k", "-c", "read -P 0x22 64k 64k", copied)
	info, err := s.Info(copied)
	if err != nil || info.Parent != base {
		t.Errorf("parent %s: %v", info.Parent, err)
	}
}
