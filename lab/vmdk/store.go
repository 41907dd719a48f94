// Package vmdk makes and reads VMware's virtual disks: sparse files of one
// extent with the descriptor inside (monolithicSparse), alone or as children
// of another disk. QEMU reads and writes them; this package only makes them,
// in Go, because starting qemu-img would take longer than all the rest.
package vmdk

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// Store is a guest.DiskStore over plain files. The zero value is ready.
type Store struct{}

var _ guest.DiskStore = Store{}

// ErrInUse says that some process has a disk open for writing.
var ErrInUse = errors.New("disk is open for writing")

// Create makes an empty, thin disk of capacityBytes, rounded up to sectors.
func (Store) Create(path string, capacityBytes int64) error {
	cid, uuid := newIdentity()
	return writeImage(path, capacityBytes, descriptor{cid: cid, parentCID: noParent, uuid: uuid})
}

// CreateChild makes a disk above parentPath, which it names relative to its
// own directory, so that a datastore may be moved as a whole. ErrInUse if a
// running machine has the parent as its own disk.
func (Store) CreateChild(path, parentPath string) error {
	file, err := os.Open(parentPath)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", parentPath, guest.ErrNoDisk)
	}
	if err != nil {
		return err
	}
	defer file.Close()
	parent, err := readOpenImage(file)
	if err != nil {
		return err
	}
	if writer, err := hasWriter(file); err != nil {
		return err
	} else if writer {
		return fmt.Errorf("%s: %w", parentPath, ErrInUse)
	}
	hint, err := relativeTo(filepath.Dir(path), parentPath)
	if err != nil {
		return err
	}
	cid, uuid := newIdentity()
	return writeImage(path, parent.capacityBytes(), descriptor{cid: cid, parentCID: parent.cid, parent: hint, uuid: uuid})
}

// relativeTo is target as seen from dir, with links in both resolved: ".."
// in a path with links would lead elsewhere.
func relativeTo(dir, target string) (string, error) {
	dir, err := resolve(dir)
	if err != nil {
		return "", err
	}
	target, err = resolve(target)
	if err != nil {
		return "", err
	}
	return filepath.Rel(dir, target)
}

func resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

// Delete removes the disk, never its parents. ErrInUse while a machine runs on
// it; ErrNotADisk, and nothing removed, if path is some other file.
func (Store) Delete(path string) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", path, guest.ErrNoDisk)
	}
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := readOpenImage(file); err != nil {
		return err
	}
	if writer, err := hasWriter(file); err != nil {
		return err
	} else if writer {
		return fmt.Errorf("%s: %w", path, ErrInUse)
	}
	return os.Remove(path)
}

// Info reads the disk's descriptor.
func (Store) Info(path string) (guest.DiskInfo, error) {
	disk, err := readImage(path)
	if err != nil {
		return guest.DiskInfo{}, err
	}
	return guest.DiskInfo{
		CapacityBytes: disk.capacityBytes(),
		Parent:        disk.parentPath(),
		Files:         []string{path},
		UUID:          strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(disk.uuid)),
	}, nil
}

// Copy makes dst an independent disk with the content of src's chain. It takes
// as long as the content is big; dst appears when it is whole. ErrInUse while a
// machine runs on src.
func (s Store) Copy(src, dst string) error {
	if err := s.copyable(src); err != nil {
		return err
	}
	info, err := s.Info(src)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(dst); err == nil {
		return fmt.Errorf("%s: %w", dst, guest.ErrDiskExists)
	}
	dir, err := os.MkdirTemp(filepath.Dir(dst), ".copy-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	draft := filepath.Join(dir, filepath.Base(dst))
	if err := s.Create(draft, info.CapacityBytes); err != nil {
		return err
	}
	convert := exec.CommandContext(context.Background(), "qemu-img", "convert",
		"-n", "--target-is-zero", "-f", "vmdk", "-O", "vmdk", src, draft)
	if output, err := convert.CombinedOutput(); err != nil {
		return fmt.Errorf("copy %s: %w: %s", src, err, output)
	}
	if err := os.Link(draft, dst); errors.Is(err, fs.ErrExist) { // unlike Rename, never replaces
		return fmt.Errorf("%s: %w", dst, guest.ErrDiskExists)
	} else if err != nil {
		return err
	}
	return nil
}

// copyable says why the disk at path cannot be read as a whole now.
func (Store) copyable(path string) error {
	if _, err := Chain(path); err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if writer, err := hasWriter(file); err != nil {
		return err
	} else if writer {
		return fmt.Errorf("%s: %w", path, ErrInUse)
	}
	return nil
}

// newIdentity draws a content id and a UUID with VMware's prefix.
func newIdentity() (cid uint32, uuid string) {
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand)
	cid = binary.LittleEndian.Uint32(random[:4])
	if cid >= noParent-1 { // 0xfffffffe and 0xffffffff mean something else
		cid = 1
	}
	copy(random[:4], []byte{0x60, 0x00, 0xc2, 0x90 | random[3]&0x0f})
	return cid, fmt.Sprintf("% x-% x", random[:8], random[8:])
}
