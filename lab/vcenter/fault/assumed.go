package fault

import (
	"errors"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
)

// Assumed gives err, which a call of an object ended with, as a is assumed.
func Assumed(a control.Assumptions, called types.ManagedObjectReference, err error) error {
	var f *Error
	if !a.BareDuplicateName || !errors.As(err, &f) {
		return err
	}
	if duplicate, ok := f.Fault.(*types.DuplicateName); ok {
		return New(&types.DuplicateName{Name: duplicate.Name, Object: called})
	}
	return err
}
