package ops

import (
	"slices"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/device"
)

// merger frees disk files that a removed snapshot kept. users are the lists of
// devices that still need files; their disks are changed.
type merger struct {
	s     *Service
	vm    Ref
	users [][]types.BaseVirtualDevice
}

// free makes a file that is no snapshot's any more one with its only child, or
// deletes it where it has none. With several children it stays.
func (m *merger) free(file string) error {
	if m.isLeaf(file) {
		return nil // of another snapshot, or of the VM
	}
	_, host, err := m.s.hostPath(file)
	if err != nil {
		return err
	}
	children := m.childrenOf(file)
	switch {
	case len(children) > 1 || m.s.disks.used(file, m.vm):
		return nil
	case len(children) == 0:
		return diskFaultOrNil(m.s.Disks.Delete(host), file)
	}
	_, child, err := m.s.hostPath(children[0])
	if err != nil {
		return err
	}
	if err := m.s.Disks.Commit(child); err != nil {
		return diskFault(err, children[0])
	}
	for _, grandchild := range m.childrenOf(children[0]) {
		_, above, err := m.s.hostPath(grandchild)
		if err != nil {
			return err
		}
		if err := m.s.Disks.Reparent(above, host); err != nil {
			return diskFault(err, grandchild)
		}
	}
	if err := m.s.Disks.Delete(child); err != nil {
		return diskFault(err, children[0])
	}
	return m.replace(children[0], file)
}

func (m *merger) isLeaf(file string) bool {
	return slices.ContainsFunc(m.users, func(devices []types.BaseVirtualDevice) bool {
		return slices.ContainsFunc(device.Disks(devices), func(d *types.VirtualDisk) bool { return leafOf(d) == file })
	})
}

// childrenOf lists the files whose parent is file, in any chain that is needed.
func (m *merger) childrenOf(file string) (children []string) {
	for _, devices := range m.users {
		for _, disk := range device.Disks(devices) {
			chain := device.Chain(disk)
			if i := slices.Index(chain, file); i > 0 && !slices.Contains(children, chain[i-1]) {
				children = append(children, chain[i-1])
			}
		}
	}
	return children
}

// replace shows the chains in which gone was as they are with file in its place.
func (m *merger) replace(gone, file string) error {
	for _, devices := range m.users {
		for _, disk := range device.Disks(devices) {
			chain := device.Chain(disk)
			if !slices.Contains(chain, gone) {
				continue
			}
			leaf := chain[0]
			if leaf == gone {
				leaf = file
			}
			if err := m.s.showChain(disk, leaf); err != nil {
				return err
			}
		}
	}
	return nil
}
