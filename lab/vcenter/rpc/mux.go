// Package rpc takes the vSphere API's calls off HTTP: sessions, dispatch by
// object and method, counters, and the faults and delays that tests inject.
package rpc

import (
	"context"
	"reflect"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/property"
	"github.com/vic-operator/vic-operator/lab/vcenter/wire"
)

// Call is one method call of one session.
type Call struct {
	Ctx     context.Context
	Session *Session // nil before login
	Method  string
	This    types.ManagedObjectReference
	Object  inventory.Object // what This refers to, as it was when the call came
	// TaskFault is an injected fault that the call's task shall end with.
	TaskFault error
	// Dies says where in the call's task the vCenter's process ends.
	Dies Death
	// cut says that the connection is to end without an answer.
	cut bool
	// setCookie is where login leaves a new session for the HTTP layer.
	setCookie *Session
}

type handler struct {
	kind string
	call func(*Call, any) (any, error)
}

// Mux knows the methods by name and by the type of object that has them.
type Mux struct {
	methods map[string][]handler
	public  map[string]bool
}

// NewMux makes a Mux without methods.
func NewMux() *Mux {
	return &Mux{methods: map[string][]handler{}, public: map[string]bool{}}
}

// Handle adds a method of objects of type kind and those derived from it. Req
// is the method's struct in vim25/types, whose name is the method's.
func Handle[Req, Res any](m *Mux, kind string, h func(*Call, *Req) (*Res, error)) {
	name := reflect.TypeFor[Req]().Name()
	if wire.RequestType(name) == nil { // a few methods begin with a small letter
		name = strings.ToLower(name[:1]) + name[1:]
	}
	m.methods[name] = append(m.methods[name], handler{kind, func(c *Call, params any) (any, error) {
		res, err := h(c, params.(*Req))
		if err != nil {
			return nil, err
		}
		return res, nil
	}})
}

// Public marks a method that needs no session.
func (m *Mux) Public(methods ...string) {
	for _, name := range methods {
		m.public[name] = true
	}
}

// find gives the handler of obj's own type, or of the type it derives from.
func (m *Mux) find(method string, obj inventory.Object) func(*Call, any) (any, error) {
	var inherited func(*Call, any) (any, error)
	own := reflect.TypeOf(obj).Elem().Name()
	for _, h := range m.methods[method] {
		if h.kind == own {
			return h.call
		}
		if property.IsA(obj, h.kind) {
			inherited = h.call
		}
	}
	return inherited
}

// Methods lists what is implemented, as method → types.
func (m *Mux) Methods() map[string][]string {
	out := map[string][]string{}
	for name, handlers := range m.methods {
		for _, h := range handlers {
			out[name] = append(out[name], h.kind)
		}
	}
	return out
}
