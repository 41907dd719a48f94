package vmdk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// Commit writes what the disk at path holds into its parent, whose other
// children are broken then. The disk itself stays. ErrInUse while a machine
// runs on it.
func (s Store) Commit(path string) error {
	if err := s.copyable(path); err != nil {
		return err
	}
	disk, err := readImage(path)
	if err != nil {
		return err
	}
	if disk.parent == "" {
		return fmt.Errorf("%s: %w: it has no parent", path, guest.ErrNotADisk)
	}
	// Grains follow what a fresh disk consists of: one of that size is empty,
	// and starting qemu-img would take longer than all the rest.
	if info, err := os.Stat(path); err != nil || info.Size() <= int64(disk.Overhead)*sectorSize {
		return err
	}
	commit := exec.CommandContext(context.Background(), "qemu-img", "commit", "-q", "-d", "-f", "vmdk", path)
	if output, err := commit.CombinedOutput(); err != nil {
		return fmt.Errorf("commit %s: %w: %s", path, err, output)
	}
	return nil
}

// CopyAlone makes dst a disk with the content of src alone, above src's parent.
// ErrInUse while a machine runs on src.
func (s Store) CopyAlone(src, dst string) (err error) {
	if err := s.copyable(src); err != nil {
		return err
	}
	from, err := os.Open(src)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(dst, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: %w", dst, guest.ErrDiskExists)
	}
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, to.Close()); err != nil {
			err = errors.Join(err, os.Remove(dst))
		}
	}()
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	disk, err := readOpenImage(to)
	if err != nil {
		return err
	}
	parent := ""
	if disk.parent != "" {
		source := image{descriptor: disk.descriptor, path: src}
		if parent, err = relativeTo(filepath.Dir(dst), source.parentPath()); err != nil {
			return err
		}
	}
	_, disk.uuid = newIdentity()
	return rewrite(to, disk, parent, disk.parentCID)
}

// Reparent says that the disk at path is a child of parent, or of nobody for
// "", without looking at what they hold.
func (Store) Reparent(path, parent string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	disk, err := readOpenImage(file)
	if err != nil {
		return err
	}
	if parent == "" {
		return rewrite(file, disk, "", noParent)
	}
	above, err := readImage(parent)
	if err != nil {
		return err
	}
	hint, err := relativeTo(filepath.Dir(path), parent)
	if err != nil {
		return err
	}
	return rewrite(file, disk, hint, above.cid)
}

// rewrite puts a new descriptor into an open disk.
func rewrite(file *os.File, disk image, parent string, parentCID uint32) error {
	d := disk.descriptor
	d.parent, d.parentCID, d.sectors, d.extent = parent, parentCID, disk.Capacity, filepath.Base(file.Name())
	text, err := d.text()
	if err != nil {
		return err
	}
	sectors := make([]byte, disk.DescriptorSize*sectorSize)
	if len(text) > len(sectors) {
		return fmt.Errorf("the descriptor of %s has no room for %d bytes", file.Name(), len(text))
	}
	copy(sectors, text)
	_, err = file.WriteAt(sectors, int64(disk.DescriptorOffset)*sectorSize)
	return err
}
