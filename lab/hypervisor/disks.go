package hypervisor

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
	"github.com/vic-operator/vic-operator/lab/vmdk"
)

// controllers are QEMU's devices for vSphere's SCSI controllers.
var controllers = map[string]string{
	"pvscsi":   "pvscsi",
	"lsilogic": "lsi53c895a",
	"lsisas":   "mptsas1068",
}

// maxTarget is pvscsi's highest unit number.
const maxTarget = 63

// blockNode is a node of QEMU's block graph, for -blockdev and blockdev-add.
type blockNode struct {
	Driver   string     `json:"driver"`
	NodeName string     `json:"node-name,omitempty"`
	ReadOnly bool       `json:"read-only,omitempty"`
	Filename string     `json:"filename,omitempty"`
	Cache    *cacheMode `json:"cache,omitempty"`
	File     *blockNode `json:"file,omitempty"`
	Backing  *blockNode `json:"backing,omitempty"`
}

// cacheMode leaves out flushes to the host's disk: the page cache outlives QEMU,
// and an installation that must outlive the host isn't a lab.
type cacheMode struct {
	NoFlush bool `json:"no-flush"`
}

// planBlocks names every file of a chain, so that QEMU follows no hints. All
// but the leaf are opened for reading only: a first write would change a
// parent's content id and make its children unreadable.
func planBlocks(name string, chain []vmdk.Layer) *blockNode {
	var node *blockNode
	for i := len(chain) - 1; i >= 0; i-- {
		readOnly := i > 0
		node = &blockNode{Driver: "vmdk", ReadOnly: readOnly, Cache: &cacheMode{NoFlush: true}, Backing: node,
			File: &blockNode{Driver: "file", ReadOnly: readOnly, Filename: chain[i].Path, Cache: &cacheMode{NoFlush: true}}}
	}
	node.NodeName = name
	return node
}

func controllerName(d guest.Disk) string { return fmt.Sprintf("%s%d", d.Controller, d.Bus) }

func diskName(d guest.Disk) string {
	return fmt.Sprintf("disk-%s-%d-%d", d.Controller, d.Bus, d.Target)
}

// controllerDevice is the device that d is plugged into.
func controllerDevice(d guest.Disk) (map[string]any, error) {
	driver, known := controllers[d.Controller]
	if !known {
		return nil, fmt.Errorf("disk controller %q is not supported", d.Controller)
	}
	if d.Target < 0 || d.Target > maxTarget {
		return nil, fmt.Errorf("unit number %d is out of range", d.Target)
	}
	return map[string]any{"driver": driver, "id": controllerName(d)}, nil
}

// diskDevice is the disk itself, over the block node of the same name.
func diskDevice(d guest.Disk) map[string]any {
	device := map[string]any{"driver": "scsi-hd", "id": diskName(d), "drive": "block-" + diskName(d),
		"bus": controllerName(d) + ".0", "scsi-id": d.Target, "lun": 0}
	if d.UUID != "" && len(d.UUID) <= 36 {
		device["serial"] = d.UUID
	}
	return device
}

// prepareDisk checks a disk's chain and returns its blocks. What a
// nonpersistent disk's guest writes goes to a child in dir.
func (o Options) prepareDisk(d guest.Disk, dir string) (*blockNode, error) {
	if err := o.inRoots(d.Path); err != nil {
		return nil, err
	}
	chain, err := vmdk.Chain(d.Path)
	if err != nil {
		return nil, err
	}
	for _, layer := range chain {
		if err := o.inRoots(layer.Path); err != nil {
			return nil, err
		}
	}
	if d.Mode == guest.IndependentNonpersistent {
		scratch := filepath.Join(dir, diskName(d)+".vmdk")
		if _, err := os.Stat(scratch); err != nil { // it stays over a reset
			if err := (vmdk.Store{}).CreateChild(scratch, d.Path); err != nil {
				return nil, err
			}
		}
		chain = append([]vmdk.Layer{{Path: scratch}}, chain...)
	}
	return planBlocks("block-"+diskName(d), chain), nil
}
