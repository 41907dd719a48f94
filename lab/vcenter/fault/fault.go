// Package fault makes errors that carry a vSphere fault.
package fault

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/vmware/govmomi/vim25/types"
)

// Error is a fault on its way to a client, synchronously or in a task.
type Error struct {
	Fault   types.BaseMethodFault
	Message string
}

func (e *Error) Error() string {
	return reflect.TypeOf(e.Fault).Elem().Name() + ": " + e.Message
}

// New makes an error of a fault with its usual message.
func New(f types.BaseMethodFault) error {
	return &Error{Fault: f, Message: messageOf(f)}
}

// Newf makes an error with a message of its own.
func Newf(f types.BaseMethodFault, format string, args ...any) error {
	return &Error{Fault: f, Message: fmt.Sprintf(format, args...)}
}

// InvalidArgument names the argument that is wrong, as "spec.name".
func InvalidArgument(property string) error {
	return Newf(&types.InvalidArgument{InvalidProperty: property}, "A specified parameter was not correct: %s", property)
}

// From gives the fault in err; anything else is an internal error of ours.
func From(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	f := &types.SystemError{Reason: err.Error()}
	return &Error{Fault: f, Message: "A general system error occurred: " + err.Error()}
}

// Localized is the form in which tasks and updates carry a fault.
func (e *Error) Localized() *types.LocalizedMethodFault {
	return &types.LocalizedMethodFault{Fault: e.Fault, LocalizedMessage: e.Message}
}

// Is says whether err carries a fault of type T.
func Is[T any](err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	_, ok := any(e.Fault).(*T)
	return ok
}
