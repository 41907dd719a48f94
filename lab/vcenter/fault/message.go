package fault

import (
	"fmt"
	"reflect"

	"github.com/vmware/govmomi/vim25/types"
)

// messageOf words a fault as vCenter's English catalogue does.
func messageOf(f types.BaseMethodFault) string {
	switch f := f.(type) {
	case *types.DuplicateName:
		return fmt.Sprintf("The name '%s' already exists.", f.Name)
	case *types.InvalidName:
		return fmt.Sprintf("The name '%s' is invalid.", f.Name)
	case *types.InvalidPowerState:
		return fmt.Sprintf("The attempted operation cannot be performed in the current state (%s).", stateName(f.ExistingState))
	case *types.NotAuthenticated:
		return "The session is not authenticated."
	case *types.NoPermission:
		return "Permission to perform this operation was denied."
	case *types.InvalidLogin:
		return "Cannot complete login due to an incorrect user name or password."
	case *types.FileNotFound:
		return fmt.Sprintf("File %s was not found", f.File)
	case *types.FileAlreadyExists:
		return fmt.Sprintf("Cannot complete the operation because the file or folder %s already exists", f.File)
	case *types.FileLocked:
		return fmt.Sprintf("Unable to access file %s since it is locked", f.File)
	case *types.InvalidDatastorePath:
		return fmt.Sprintf("Invalid datastore path '%s'.", f.DatastorePath)
	case *types.InvalidDatastore:
		return fmt.Sprintf("Invalid datastore path '%s'.", f.Name)
	case *types.InvalidProperty:
		return fmt.Sprintf("Invalid property: %s", f.Name)
	case *types.InvalidDeviceSpec:
		return fmt.Sprintf("Invalid configuration for device '%d'.", f.DeviceIndex)
	case *types.ResourceInUse:
		return fmt.Sprintf("The resource '%s' is in use.", f.Name)
	case *types.ToolsUnavailable:
		return "Cannot complete operation because VMware Tools is not running in this virtual machine."
	case *types.ConcurrentAccess:
		return "The operation cannot be completed because the object has been changed by another operation."
	case *types.RequestCanceled:
		return "The task was canceled by a user."
	case *types.NotSupported:
		return "The operation is not supported on the object."
	case *types.InvalidState:
		return "The operation is not allowed in the current state."
	case *types.TaskInProgress:
		return "The operation is not allowed in the current state: another task is in progress."
	case *types.InvalidCollectorVersion:
		return "The collector version is invalid."
	case *types.NotFound:
		return "The object or item referred to could not be found."
	}
	return reflect.TypeOf(f).Elem().Name()
}

func stateName(s types.VirtualMachinePowerState) string {
	switch s {
	case types.VirtualMachinePowerStatePoweredOn:
		return "Powered on"
	case types.VirtualMachinePowerStatePoweredOff:
		return "Powered off"
	}
	return "Suspended"
}
