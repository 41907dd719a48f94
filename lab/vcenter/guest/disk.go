package guest

import "errors"

// DiskStore makes and removes virtual disks. Paths are host paths of the
// descriptor, "….vmdk". Implementations are safe for concurrent use.
type DiskStore interface {
	// Create makes an empty, thin disk. ErrDiskExists if path is there already.
	Create(path string, capacityBytes int64) error
	// CreateChild makes a disk whose unwritten blocks are parent's; it has the
	// parent's capacity. The parent must not be written to from now on.
	CreateChild(path, parentPath string) error
	// Delete removes the descriptor and its extents, never its parents.
	Delete(path string) error
	// Copy makes dst a disk of its own with the content of src's whole chain.
	Copy(src, dst string) error
	// CopyAlone makes dst a disk with the content of src alone, whose parent is
	// src's.
	CopyAlone(src, dst string) error
	// Commit writes what a disk holds into its parent. The disk stays.
	Commit(path string) error
	// Reparent makes the disk a child of parent, whose content must be what its
	// parent's was.
	Reparent(path, parent string) error
	// Info reads the descriptor. ErrNoDisk if there is none.
	Info(path string) (DiskInfo, error)
}

// DiskInfo is what a disk's descriptor says.
type DiskInfo struct {
	CapacityBytes int64
	Parent        string   // host path of the parent, or ""
	Files         []string // host paths of descriptor and extents
	UUID          string   // ddb.uuid in VMware's form "6000c29…" without spaces and dashes, or ""
}

// Errors that a DiskStore tells apart (with errors.Is).
var (
	ErrNoDisk     = errors.New("no such disk")
	ErrDiskExists = errors.New("disk exists already")
	ErrNotADisk   = errors.New("not a virtual disk")
)
