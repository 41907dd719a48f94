package ops

import (
	"sync"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/vic-operator/vic-operator/lab/vcenter/device"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// diskIndex knows which VMs have which disk files in their chains, as vCenter
// counts them: files of nobody in the inventory don't count.
type diskIndex struct {
	mu    sync.Mutex
	users map[string]map[Ref]int // file → VMs, in how many chains
	above map[string]int         // file → chains in which it is a parent
}

func newDiskIndex() *diskIndex {
	return &diskIndex{users: map[string]map[Ref]int{}, above: map[string]int{}}
}

// Committed follows the VMs' disks.
func (x *diskIndex) Committed(_ inventory.Reader, changes []inventory.Change) {
	for _, c := range changes {
		if c.Ref.Type != "VirtualMachine" {
			continue
		}
		before, _ := c.Before.(*mo.VirtualMachine)
		after, _ := c.After.(*mo.VirtualMachine)
		x.mu.Lock()
		x.add(before, -1)
		x.add(after, 1)
		x.mu.Unlock()
	}
}

func (x *diskIndex) add(vm *mo.VirtualMachine, n int) {
	if vm == nil || vm.Config == nil {
		return
	}
	for _, disk := range device.Disks(vm.Config.Hardware.Device) {
		for i, file := range device.Chain(disk) {
			users := x.users[file]
			if users == nil {
				users = map[Ref]int{}
				x.users[file] = users
			}
			if users[vm.Self] += n; users[vm.Self] == 0 {
				delete(users, vm.Self)
			}
			if len(users) == 0 {
				delete(x.users, file)
			}
			if i > 0 {
				if x.above[file] += n; x.above[file] == 0 {
					delete(x.above, file)
				}
			}
		}
	}
}

// isParent says whether a VM has a child of file.
func (x *diskIndex) isParent(file string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.above[file] > 0
}

// used says whether any VM but except has file in a chain.
func (x *diskIndex) used(file string, except Ref) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	for ref := range x.users[file] {
		if ref != except {
			return true
		}
	}
	return false
}
