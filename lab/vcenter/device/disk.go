package device

import "github.com/vmware/govmomi/vim25/types"

// Backing is what matters of a disk's backing, whichever of VMware's types it
// has.
type Backing struct {
	File   string
	Mode   string
	Parent string // only in requests; a chain as shown is nested
	Thin   bool
	UUID   string
}

// BackingOf reads d's backing. ok is false for backings that a disk in a file
// of a modern datastore can't have.
func BackingOf(d *types.VirtualDisk) (b Backing, ok bool) {
	switch x := d.Backing.(type) {
	case *types.VirtualDiskFlatVer2BackingInfo:
		b = Backing{File: x.FileName, Mode: x.DiskMode, UUID: x.Uuid, Thin: x.ThinProvisioned != nil && *x.ThinProvisioned}
		if x.Parent != nil {
			b.Parent = x.Parent.FileName
		}
		return b, true
	case *types.VirtualDiskSeSparseBackingInfo:
		b = Backing{File: x.FileName, Mode: x.DiskMode, UUID: x.Uuid, Thin: true}
		if x.Parent != nil {
			b.Parent = x.Parent.FileName
		}
		return b, true
	}
	return b, false
}

// Link is one disk of a chain, the leaf first.
type Link struct {
	File string
	UUID string
}

// SetChain gives d a backing that shows its whole chain, as vCenter does.
func SetChain(d *types.VirtualDisk, ds types.ManagedObjectReference, mode string, thin bool, chain []Link) {
	if se, ok := d.Backing.(*types.VirtualDiskSeSparseBackingInfo); ok {
		var top *types.VirtualDiskSeSparseBackingInfo
		for i := len(chain) - 1; i >= 0; i-- {
			top = &types.VirtualDiskSeSparseBackingInfo{
				VirtualDeviceFileBackingInfo: file(chain[i].File, ds), DiskMode: mode, Uuid: chain[i].UUID, Parent: top, GrainSize: se.GrainSize,
			}
		}
		d.Backing = top
		return
	}
	var top *types.VirtualDiskFlatVer2BackingInfo
	for i := len(chain) - 1; i >= 0; i-- {
		top = &types.VirtualDiskFlatVer2BackingInfo{
			VirtualDeviceFileBackingInfo: file(chain[i].File, ds), DiskMode: mode, Uuid: chain[i].UUID, Parent: top,
			ThinProvisioned: types.NewBool(thin || i < len(chain)-1), Split: types.NewBool(false), WriteThrough: types.NewBool(false),
			DigestEnabled: types.NewBool(false), Sharing: string(types.VirtualDiskSharingSharingNone),
		}
	}
	d.Backing = top
}

func file(name string, ds types.ManagedObjectReference) types.VirtualDeviceFileBackingInfo {
	return types.VirtualDeviceFileBackingInfo{FileName: name, Datastore: &ds}
}

// Chain lists the files of d's chain, the leaf first.
func Chain(d *types.VirtualDisk) (files []string) {
	switch x := d.Backing.(type) {
	case *types.VirtualDiskFlatVer2BackingInfo:
		for ; x != nil; x = x.Parent {
			files = append(files, x.FileName)
		}
	case *types.VirtualDiskSeSparseBackingInfo:
		for ; x != nil; x = x.Parent {
			files = append(files, x.FileName)
		}
	}
	return files
}

// validModes are the disk modes that FlatVer2 and SeSparse backings take.
var validModes = map[string]bool{
	"persistent": true, "nonpersistent": true, "undoable": true, "append": true,
	"independent_persistent": true, "independent_nonpersistent": true,
}
