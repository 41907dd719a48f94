package vmdk

import (
	"fmt"
)

// MaxDepth bounds a chain of disks, as vSphere does.
const MaxDepth = 32

// Layer is one file of a chain.
type Layer struct {
	Path string // host path
}

// Chain lists the files of the disk at path, the leaf first, its root last.
// It fails where a parent is missing, was written to since its child was made
// (its CID changed: the child's data no longer fits), or where the chain is a
// ring or deeper than MaxDepth.
func Chain(path string) ([]Layer, error) {
	var layers []Layer
	child, err := readImage(path)
	if err != nil {
		return nil, err
	}
	for {
		layers = append(layers, Layer{Path: child.path})
		if child.parent == "" {
			return layers, nil
		}
		if len(layers) == MaxDepth {
			return nil, fmt.Errorf("%s: chain is deeper than %d disks", path, MaxDepth)
		}
		parent, err := readImage(child.parentPath())
		if err != nil {
			return nil, fmt.Errorf("parent of %s: %w", child.path, err)
		}
		if parent.cid != child.parentCID {
			return nil, fmt.Errorf("%s was written to after its child %s was made (CID %08x, not %08x)",
				parent.path, child.path, parent.cid, child.parentCID)
		}
		child = parent
	}
}
