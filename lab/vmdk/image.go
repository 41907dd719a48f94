package vmdk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// image is what one VMDK file says of itself.
type image struct {
	header
	descriptor
	path string
}

// readImage reads header and descriptor of the disk at path. Errors wrap
// guest.ErrNoDisk or guest.ErrNotADisk.
func readImage(path string) (image, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return image{}, fmt.Errorf("%s: %w", path, guest.ErrNoDisk)
	}
	if err != nil {
		return image{}, err
	}
	defer file.Close()
	return readOpenImage(file)
}

func readOpenImage(file *os.File) (image, error) {
	path := file.Name()
	refuse := func(err error) (image, error) {
		return image{}, fmt.Errorf("%s: %w: %w", path, guest.ErrNotADisk, err)
	}
	if info, err := file.Stat(); err != nil {
		return image{}, err
	} else if !info.Mode().IsRegular() {
		return refuse(errors.New("not a regular file"))
	}
	h, err := readHeader(file)
	if err != nil {
		return refuse(err)
	}
	text, err := io.ReadAll(io.NewSectionReader(file, int64(h.DescriptorOffset)*sectorSize, int64(h.DescriptorSize)*sectorSize))
	if err != nil {
		return image{}, err
	}
	d, err := parseDescriptor(string(text))
	if err != nil {
		return refuse(err)
	}
	return image{header: h, descriptor: d, path: path}, nil
}

// capacityBytes is the size that the disk shows to a guest.
func (i image) capacityBytes() int64 { return int64(i.Capacity) * sectorSize }

// parentPath is the host path of the parent, or "".
func (i image) parentPath() string {
	if i.parent == "" || filepath.IsAbs(i.parent) {
		return i.parent
	}
	return filepath.Join(filepath.Dir(i.path), i.parent)
}

// writeImage makes the file path, which must not be there yet, as an empty
// sparse disk. A file that couldn't be finished is removed again.
func writeImage(path string, capacityBytes int64, d descriptor) (err error) {
	l, err := planLayout(capacityBytes)
	if err != nil {
		return err
	}
	d.sectors, d.extent = l.Capacity, filepath.Base(path)
	text, err := d.text()
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: %w", path, guest.ErrDiskExists)
	}
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	if err := file.Truncate(int64(l.Overhead) * sectorSize); err != nil {
		return err
	}
	for sector, part := range map[uint64][]byte{
		0:                    l.encode(),
		descriptorOffset:     []byte(text),
		l.RedundantDirectory: l.directoryAt(l.RedundantDirectory),
		l.Directory:          l.directoryAt(l.Directory),
	} {
		if _, err := file.WriteAt(part, int64(sector)*sectorSize); err != nil {
			return err
		}
	}
	return nil
}
