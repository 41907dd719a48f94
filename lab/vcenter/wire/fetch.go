package wire

import (
	"reflect"

	"github.com/vmware/govmomi/vim25/types"
)

// Fetch reads one property of a managed object. It stands in no published WSDL,
// but VMware's own clients (pyVmomi among them) read properties with it.
type Fetch struct {
	This types.ManagedObjectReference `xml:"_this"`
	Prop string                       `xml:"prop"`
}

// FetchResponse holds the property, or nothing where it is unset.
type FetchResponse struct {
	Returnval types.AnyType `xml:"returnval,omitempty,typeattr"`
}

// unpublished are methods that vim25/types doesn't have.
var unpublished = map[string]reflect.Type{"Fetch": reflect.TypeFor[Fetch]()}
