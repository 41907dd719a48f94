package vcenter

import (
	"fmt"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
	faults "github.com/vic-operator/vic-operator/lab/vcenter/fault"
)

// SetAccessible implements control.VCenter.
func (v *VCenter) SetAccessible(name string, accessible bool) error {
	err := v.service.SetAccessible(name, accessible)
	if faults.Is[types.InvalidDatastore](err) {
		return fmt.Errorf("datastore %q: %w", name, control.ErrNotFound)
	}
	return err
}
